// SPDX-License-Identifier: BSL-1.0
#include <crex/crex.hpp>
#include <iostream>

int main(int argc, char** argv) {
    crex::Ring ring{"/readings", crex::o_creat, {.capacity = 1 << 16}};
    if (argc > 1) {
        crex::RingProducer out = ring.producer(); // the only one, as long as it lives
        out.send(argv[1]);
    } else {
        crex::RingConsumer in = ring.consumer();
        const auto record = in.peek();
        std::cout << std::string_view{reinterpret_cast<const char*>(record.data()), record.size()}
                  << std::endl;
        in.consume(); // if this is killed before, the next consumer gets the record
    }
}

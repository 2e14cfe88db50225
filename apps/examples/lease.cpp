// SPDX-License-Identifier: BSL-1.0
#include <crex/crex.hpp>
#include <cstring>
#include <iostream>

int main(int argc, char** argv) {
    crex::MessageQueue jobs{"/jobs", crex::o_creat};
    if (argc > 1) {
        crex::Loan loan = jobs.loan(std::strlen(argv[1]));
        std::memcpy(loan.bytes().data(), argv[1], loan.bytes().size());
        loan.send();
    } else {
        crex::Lease lease = jobs.lease();
        const auto* const text = reinterpret_cast<const char*>(lease.bytes().data());
        std::cout << std::string_view{text, lease.bytes().size()} << std::endl;
        std::cin.get(); // kill this, and the next to ask gets the job
        lease.ack();
    }
}

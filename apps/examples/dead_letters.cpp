// SPDX-License-Identifier: BSL-1.0
#include <crex/crex.hpp>
#include <iostream>

int main(int argc, char** argv) {
    crex::MessageQueue jobs{
        "/risky-jobs", crex::o_creat, {.max_attempts = 3, .dead_letter = "/failed-jobs"}};
    if (argc > 1) {
        jobs.send(argv[1]);
        return 0;
    }
    while (auto lease = jobs.try_lease()) {
        const auto* const text = reinterpret_cast<const char*>(lease->bytes().data());
        const std::string_view job{text, lease->bytes().size()};
        std::cout << job << ", attempt " << lease->attempts() + 1 << std::endl;
        if (job != "bad") {
            lease->ack(); // without this, or after a kill, the job comes again
        }
    }
    crex::MessageQueue failed{"/failed-jobs"};
    while (const auto letter = failed.try_receive()) {
        std::cout << letter->body << ", given up" << std::endl;
    }
}

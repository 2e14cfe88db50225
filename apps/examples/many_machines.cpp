// SPDX-License-Identifier: BSL-1.0
#include <crex/crex.hpp>
#include <crex/postgres.hpp>
#include <iostream>

int main(int argc, char** argv) {
    crex::PostgresServer server{"service=jobs"};
    crex::MessageQueue jobs{"/jobs", crex::o_creat, {.max_messages = 1000, .at = &server}};
    if (argc > 1) {
        jobs.send(argv[1]); // has returned: the job is on the server's disk, once
        return 0;
    }
    for (;;) {
        crex::Lease job = jobs.lease(); // if this machine dies, another one gets it
        const auto* const text = reinterpret_cast<const char*>(job.bytes().data());
        std::cout << std::string_view{text, job.bytes().size()} << std::endl;
        job.ack(); // has returned: no machine gets it again
    }
}

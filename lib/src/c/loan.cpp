// SPDX-License-Identifier: BSL-1.0
#include <crex/c/loan.h>

#include <utility>

#include <crex/loan.hpp>

#include "c/arguments.hpp"
#include "c/call.hpp"
#include "c/message_queue.hpp"
#include "c/spare.hpp"

struct crex_loan : crex::c::Spare<crex_loan> {
    crex::Loan object;
};

using namespace crex::c;

CREX_C_FAST int crex_message_queue_loan(crex_message_queue* queue, crex_loan** loan, size_t size,
                                        int64_t timeout) {
    return waited(__func__, queue, "no room in time", [&](crex::MessageQueue& object) {
        auto& result = at(loan, "loan");
        if (timeout == CREX_NO_TIMEOUT) {
            result = new crex_loan{{}, object.loan(size)};
            return true;
        }
        auto got = object.try_loan(size, timeout_from(timeout));
        if (!got) {
            return false;
        }
        result = new crex_loan{{}, *std::move(got)}; // without memory, the loan is dropped
        return true;
    });
}

int crex_loan_bytes(crex_loan* loan, void** bytes, size_t* size) {
    return called(__func__, loan, [&](const crex::Loan& object) {
        std::size_t& how_many = at(size, "size");
        at(bytes, "bytes") = object.bytes().data();
        how_many = object.bytes().size();
    });
}

CREX_C_FAST int crex_loan_send(crex_loan* loan, unsigned priority) {
    return called(__func__, loan, [&](crex::Loan& object) { object.send(priority); });
}

int crex_loan_send_prefix(crex_loan* loan, size_t size, unsigned priority) {
    return called(__func__, loan, [&](crex::Loan& object) { object.send_prefix(size, priority); });
}

CREX_C_FAST void crex_loan_free(crex_loan* loan) { delete loan; }

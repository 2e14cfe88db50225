// SPDX-License-Identifier: BSL-1.0
#include <string.h>
#include <unistd.h>

#include "checks.h"

enum { longest = 16 };

static crex_loan* loan_of(crex_message_queue* queue, const char* text) {
    crex_loan* loan = NULL;
    void* bytes = NULL;
    size_t size = 0;
    OK(crex_message_queue_loan(queue, &loan, longest, CREX_NO_TIMEOUT));
    OK(crex_loan_bytes(loan, &bytes, &size));
    CHECK(size == longest);
    memcpy(bytes, text, strlen(text));
    return loan;
}

static void check_loans(crex_message_queue* queue) {
    void* bytes = NULL;
    size_t size = 99;
    crex_loan* loan = loan_of(queue, "0123456789abcdef");
    OK(crex_loan_send(loan, 0));
    FAILS(EBADF, NULL, crex_loan_send(loan, 0));
    OK(crex_loan_bytes(loan, &bytes, &size));
    CHECK(size == 0);
    crex_loan_free(loan);
    loan = loan_of(queue, "urgent");
    FAILS(EINVAL, NULL, crex_loan_send_prefix(loan, longest + 1, 7));
    FAILS(EINVAL, NULL, crex_loan_send(loan, CREX_PRIORITY_MAX + 1));
    OK(crex_loan_send_prefix(loan, 6, 7));
    crex_loan_free(loan);
    FAILS(ETIMEDOUT, "crex_message_queue_loan(\"%s\"): no room in time",
          crex_message_queue_loan(queue, &loan, 1, 0));
    FAILS(EINVAL, "crex_message_queue_loan(): loan is a null pointer",
          crex_message_queue_loan(queue, NULL, 1, 0));
    FAILS(EINVAL, "crex_loan_send(): the handle is a null pointer", crex_loan_send(NULL, 0));
    crex_loan_free(NULL);
}

static crex_lease* lease_of(crex_message_queue* queue, const char* text, unsigned attempts) {
    crex_lease* lease = NULL;
    const void* bytes = NULL;
    size_t size = 0;
    unsigned number = 99;
    OK(crex_message_queue_lease(queue, &lease, CREX_NO_TIMEOUT));
    OK(crex_lease_bytes(lease, &bytes, &size));
    CHECK(size == strlen(text) && memcmp(bytes, text, size) == 0);
    OK(crex_lease_attempts(lease, &number));
    CHECK(number == attempts);
    return lease;
}

static void leave_a_lease_behind(void) {
    crex_message_queue* queue = NULL;
    crex_lease* lease = NULL;
    if (crex_message_queue_open(&queue, name, 0, NULL) == 0 &&
        crex_message_queue_lease(queue, &lease, 0) == 0) {
        ready();
    }
}

static void check_leases(crex_message_queue* queue) {
    unsigned priority = 0;
    crex_lease* lease = lease_of(queue, "urgent", 0);
    OK(crex_lease_priority(lease, &priority));
    CHECK(priority == 7);
    OK(crex_lease_nack_untried(lease));
    FAILS(EBADF, NULL, crex_lease_nack_untried(lease));
    crex_lease_free(lease);
    lease = lease_of(queue, "urgent", 0);
    OK(crex_lease_nack(lease));
    crex_lease_free(lease);
    lease = lease_of(queue, "urgent", 1);
    crex_lease_free(lease); // gives it back
    in_a_killed_child(leave_a_lease_behind);
    lease = lease_of(queue, "0123456789abcdef", 0);
    OK(crex_lease_ack(lease));
    crex_lease_free(lease);
    lease = lease_of(queue, "urgent", 3); // once its holder's death is noticed
    OK(crex_lease_ack(lease));
    FAILS(EBADF, NULL, crex_lease_ack(lease));
    crex_lease_free(lease);
    FAILS(ETIMEDOUT, "crex_message_queue_lease(\"%s\"): no message in time",
          crex_message_queue_lease(queue, &lease, 0));
    FAILS(EINVAL, "crex_lease_ack(): the handle is a null pointer", crex_lease_ack(NULL));
    crex_lease_free(NULL);
}

void check_loan_and_lease(void) {
    crex_message_queue_options options = CREX_MESSAGE_QUEUE_OPTIONS_INIT;
    crex_message_queue* queue = NULL;
    options.max_messages = 2;
    options.max_message_size = longest;
    OK(crex_message_queue_open(&queue, name, CREX_CREX, &options));
    check_loans(queue);
    check_leases(queue);
    OK(crex_message_queue_unlink(queue));
    crex_message_queue_free(queue);
}

// SPDX-License-Identifier: BSL-1.0
#include <string.h>

#include "checks.h"

static crex_ring* ring;
static crex_ring_producer* producer;
static crex_ring_consumer* consumer;

static void check_roles(void) {
    crex_ring_producer* second_producer = NULL;
    crex_ring_consumer* second_consumer = NULL;
    bool has_one = true;
    OK(crex_ring_has_producer(ring, &has_one));
    CHECK(!has_one);
    OK(crex_ring_take_producer(ring, &producer));
    OK(crex_ring_has_producer(ring, &has_one));
    CHECK(has_one);
    OK(crex_ring_producer_has_consumer(producer, &has_one));
    CHECK(!has_one);
    OK(crex_ring_take_consumer(ring, &consumer));
    OK(crex_ring_has_consumer(ring, &has_one));
    CHECK(has_one);
    OK(crex_ring_consumer_has_producer(consumer, &has_one));
    CHECK(has_one);
    FAILS(EBUSY, NULL, crex_ring_take_producer(ring, &second_producer));
    FAILS(EBUSY, NULL, crex_ring_take_consumer(ring, &second_consumer));
    CHECK(second_producer == NULL && second_consumer == NULL);
}

static void check_copies(void) {
    char buffer[8];
    size_t size = 99;
    OK(crex_ring_producer_send(producer, "first", 5, CREX_NO_TIMEOUT));
    OK(crex_ring_producer_send(producer, NULL, 0, 0));
    FAILS(EMSGSIZE, NULL, crex_ring_consumer_receive(consumer, buffer, 4, &size, 0));
    OK(crex_ring_consumer_receive(consumer, buffer, sizeof buffer, &size, CREX_NO_TIMEOUT));
    CHECK(size == 5 && memcmp(buffer, "first", 5) == 0);
    OK(crex_ring_consumer_receive(consumer, NULL, 0, &size, 0));
    CHECK(size == 0);
    FAILS(ETIMEDOUT, "crex_ring_consumer_receive(\"%s\"): no record in time",
          crex_ring_consumer_receive(consumer, buffer, sizeof buffer, &size, 0));
    FAILS(EINVAL, "crex_ring_producer_send(): record is a null pointer",
          crex_ring_producer_send(producer, NULL, 1, 0));
}

// They are wrong also where the call need not wait, with a timeout and without one.
static void check_bad_arguments(void) {
    char buffer[8];
    size_t size = 99;
    OK(crex_ring_producer_send(producer, "x", 1, milliseconds(1000)));
    FAILS(EINVAL, NULL, crex_ring_producer_send(producer, "y", 1, -2));
    FAILS(EINVAL, NULL, crex_ring_producer_send(producer, NULL, 1, CREX_NO_TIMEOUT));
    FAILS(EINVAL, NULL, crex_ring_producer_send(NULL, "y", 1, CREX_NO_TIMEOUT));
    FAILS(EINVAL, NULL, crex_ring_consumer_receive(consumer, buffer, 8, &size, INT64_MIN));
    for (int64_t timeout = CREX_NO_TIMEOUT; timeout < 2; ++timeout) {
        FAILS(EINVAL, NULL, crex_ring_consumer_receive(NULL, buffer, 8, &size, timeout));
        FAILS(EINVAL, NULL, crex_ring_consumer_receive(consumer, NULL, 8, &size, timeout));
        FAILS(EINVAL, NULL, crex_ring_consumer_receive(consumer, buffer, 8, NULL, timeout));
    }
    CHECK(size == 99);
    OK(crex_ring_consumer_receive(consumer, buffer, 8, &size, milliseconds(1000)));
    CHECK(size == 1 && buffer[0] == 'x');
    FAILS(ETIMEDOUT, NULL, crex_ring_consumer_receive(consumer, buffer, 8, &size, 0));
}

static void check_records_in_place(void) {
    void* room = NULL;
    const void* record = NULL;
    crex_bytes records[4];
    size_t size = 0;
    OK(crex_ring_producer_reserve(producer, &room, 100, CREX_NO_TIMEOUT));
    memcpy(room, "one", 3);
    FAILS(EINVAL, NULL, crex_ring_producer_shrink(producer, 101));
    OK(crex_ring_producer_shrink(producer, 3));
    OK(crex_ring_producer_reserve(producer, &room, 3, 0));
    memcpy(room, "two", 3);
    FAILS(ETIMEDOUT, "crex_ring_consumer_peek(\"%s\"): no record in time",
          crex_ring_consumer_peek(consumer, &record, &size, 0));
    OK(crex_ring_producer_commit(producer));
    OK(crex_ring_producer_reserve(producer, &room, 3, 0));
    OK(crex_ring_producer_cancel(producer));
    OK(crex_ring_consumer_peek(consumer, &record, &size, CREX_NO_TIMEOUT));
    CHECK(size == 3 && memcmp(record, "one", 3) == 0);
    OK(crex_ring_consumer_peek_many(consumer, records, 4, &size, 0));
    CHECK(size == 2 && records[1].size == 3 && memcmp(records[1].data, "two", 3) == 0);
    FAILS(EINVAL, NULL, crex_ring_consumer_consume(consumer, 3));
    OK(crex_ring_consumer_consume(consumer, 2));
    FAILS(ETIMEDOUT, NULL, crex_ring_consumer_peek_many(consumer, records, 4, &size, 0));
    FAILS(EINVAL, "crex_ring_consumer_peek_many(): records is a null pointer",
          crex_ring_consumer_peek_many(consumer, NULL, 4, &size, 0));
}

static void check_full_ring(size_t capacity) {
    void* room = NULL;
    OK(crex_ring_producer_reserve(producer, &room, capacity, 0));
    FAILS(EDEADLK, NULL, crex_ring_producer_reserve(producer, &room, 1, CREX_NO_TIMEOUT));
    OK(crex_ring_producer_commit(producer));
    FAILS(ETIMEDOUT, "crex_ring_producer_reserve(\"%s\"): no room in time",
          crex_ring_producer_reserve(producer, &room, 1, milliseconds(5)));
    FAILS(ETIMEDOUT, "crex_ring_producer_send(\"%s\"): no room in time",
          crex_ring_producer_send(producer, "x", 1, 0));
    FAILS(EINVAL, NULL, crex_ring_producer_reserve(producer, &room, capacity + 1, 0));
}

static void check_attributes(void) {
    crex_object_id id = {0, 0};
    const char* its_name = NULL;
    size_t capacity = 0;
    size_t number = 0;
    bool is_so = false;
    OK(crex_ring_capacity(ring, &capacity));
    CHECK(capacity == 8192);
    OK(crex_ring_max_records(ring, &number));
    CHECK(number >= 50);
    check_full_ring(capacity);
    OK(crex_ring_current_records(ring, &number));
    CHECK(number == 1);
    OK(crex_ring_id(ring, &id));
    CHECK(id.inode != 0);
    OK(crex_ring_is_linked(ring, &is_so));
    CHECK(is_so);
    OK(crex_ring_name(ring, &its_name));
    CHECK(strcmp(its_name, name) == 0);
    OK(crex_ring_producer_name(producer, &its_name));
    CHECK(strcmp(its_name, name) == 0);
    OK(crex_ring_consumer_name(consumer, &its_name));
    CHECK(strcmp(its_name, name) == 0);
}

static void check_ending(void) {
    const void* record = NULL;
    size_t size = 0;
    bool is_shut_down = true;
    OK(crex_ring_is_shut_down(ring, &is_shut_down));
    CHECK(!is_shut_down);
    OK(crex_ring_shutdown(ring));
    OK(crex_ring_is_shut_down(ring, &is_shut_down));
    CHECK(is_shut_down);
    FAILS(ESHUTDOWN, NULL, crex_ring_producer_send(producer, "x", 1, CREX_NO_TIMEOUT));
    OK(crex_ring_consumer_peek(consumer, &record, &size, CREX_NO_TIMEOUT));
    OK(crex_ring_consumer_consume(consumer, 1));
    FAILS(ESHUTDOWN, NULL, crex_ring_consumer_peek(consumer, &record, &size, CREX_NO_TIMEOUT));
    OK(crex_ring_producer_close(producer));
    FAILS(EBADF,
          "crex_ring_producer_commit(\"%s\"): the role is closed, or stayed with a parent process",
          crex_ring_producer_commit(producer));
    OK(crex_ring_consumer_close(consumer));
    FAILS(EBADF, NULL, crex_ring_consumer_consume(consumer, 1));
    crex_ring_producer_free(producer);
    crex_ring_consumer_free(consumer);
}

void check_ring(void) {
    crex_ring_options options = CREX_RING_OPTIONS_INIT;
    FAILS(ENOENT, NULL, crex_ring_open(&ring, name, 0, NULL));
    options.capacity = 5000;
    options.max_records = 50;
    OK(crex_ring_open(&ring, name, CREX_CREX, &options));
    check_roles();
    check_copies();
    check_bad_arguments();
    check_records_in_place();
    check_attributes();
    check_ending();
    OK(crex_ring_unlink(ring));
    FAILS(ENOENT, NULL, crex_unlink_ring(name));
    OK(crex_ring_close(ring));
    FAILS(EBADF, NULL, crex_ring_take_producer(ring, &producer));
    FAILS(EINVAL, "crex_ring_shutdown(): the handle is a null pointer", crex_ring_shutdown(NULL));
    crex_ring_free(ring);
    crex_ring_free(NULL);
    crex_ring_producer_free(NULL);
    crex_ring_consumer_free(NULL);
}

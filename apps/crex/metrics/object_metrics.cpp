// SPDX-License-Identifier: BSL-1.0
#include "metrics/object_metrics.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "objects/naming.hpp"
#include "text/describe.hpp"

namespace cli {
namespace {

using crex::Object;
using Type = Exposition::Type;
using Value = std::optional<double>;

struct ObjectMetric {
    const char* name;
    Type type;
    const char* help;
    Value (*value)(const Object&);
};

template <auto Member> Value number(const Object& object) {
    const auto& value = object.*Member;
    return value ? Value{static_cast<double>(*value)} : std::nullopt;
}

Value stale(const Object& object) {
    return object.state == crex::ObjectState::unknown
               ? std::nullopt
               : Value{object.state == crex::ObjectState::stale ? 1 : 0};
}

Value created(const Object& object) {
    using Seconds = std::chrono::duration<double>;
    return object.created ? Value{Seconds{object.created->time_since_epoch()}.count()}
                          : std::nullopt;
}

Value has_waiters(const Object& object) {
    return object.waiters ? Value{*object.waiters != 0 ? 1 : 0} : std::nullopt;
}

// A robust semaphore only knows whether there are some.
Value waiters(const Object& object) {
    return crex::is_robust(object.kind) ? std::nullopt : number<&Object::waiters>(object);
}

constexpr std::array object_metrics{
    ObjectMetric{"crex_object_stale", Type::gauge,
                 "1 if it is certain that no process has the object, 0 if one has it; no sample if "
                 "neither is known.",
                 stale},
    ObjectMetric{
        "crex_object_users", Type::gauge, "Processes that were found to use the object.",
        [](const Object& object) -> Value { return static_cast<double>(object.users.size()); }},
    ObjectMetric{"crex_object_size_bytes", Type::gauge, "Size of the object's memory.",
                 number<&Object::size>},
    ObjectMetric{"crex_object_created_timestamp_seconds", Type::gauge,
                 "When the object was created; of System V's objects, when that or the last change "
                 "of settings was. Seconds since 1970.",
                 created},
    ObjectMetric{
        "crex_object_has_waiters", Type::gauge,
        "1 if a thread may wait for the object: for a permit, or in a robust queue or ring "
        "for a message or for room. Else 0.",
        has_waiters},
    ObjectMetric{"crex_object_damaged", Type::gauge,
                 "1 if the object's bytes make no sense; crex show tells more. Else 0.",
                 [](const Object& object) -> Value { return object.problem.empty() ? 0 : 1; }},
    ObjectMetric{"crex_object_recoveries_total", Type::counter,
                 "How often a robust queue or semaphore was recovered, after a death or damage.",
                 number<&Object::recoveries>},
    ObjectMetric{"crex_semaphore_value", Type::gauge, "Permits that can be acquired at once.",
                 number<&Object::value>},
    ObjectMetric{"crex_semaphore_waiters", Type::gauge,
                 "Threads that wait for the semaphore. A robust semaphore does not count them.",
                 waiters},
    ObjectMetric{"crex_queue_messages", Type::gauge,
                 "Messages in the queue, or records in the ring.", number<&Object::messages>},
    ObjectMetric{"crex_queue_max_messages", Type::gauge,
                 "How many messages or records there can be.", number<&Object::max_messages>},
    ObjectMetric{"crex_queue_max_message_size_bytes", Type::gauge, "How long a message may be.",
                 number<&Object::max_message_size>},
    ObjectMetric{"crex_queue_sent_total", Type::counter,
                 "Messages or records that were ever put into the robust queue or ring.",
                 number<&Object::sent>},
    ObjectMetric{"crex_queue_received_total", Type::counter,
                 "Messages or records that were ever taken out of it, or acknowledged.",
                 number<&Object::received>},
    ObjectMetric{"crex_queue_redelivered_total", Type::counter,
                 "Messages of a robust queue that were given back, or left behind by a dead "
                 "consumer.",
                 number<&Object::redelivered>},
    ObjectMetric{"crex_queue_dead_lettered_total", Type::counter,
                 "Messages of a robust queue that were moved to its dead-letter queue.",
                 number<&Object::dead_lettered>},
    ObjectMetric{
        "crex_queue_quarantined_slots", Type::gauge,
        "Slots of a robust queue that are out of use because their content makes no sense.",
        number<&Object::quarantined>},
};

struct Labelled {
    const Object* object;
    std::string labels;
};

std::vector<Labelled> labelled(const std::vector<const Object*>& objects) {
    std::vector<Labelled> result;
    result.reserve(objects.size());
    for (const Object* const object : objects) {
        result.push_back({object, labels_of({{"kind", to_string(object->kind)},
                                             {"name", printable(object->name)}})});
    }
    return result;
}

} // namespace

void put_object_metrics(Exposition& out, const std::vector<const Object*>& objects) {
    out.family("crex_object_info", Type::gauge, "1, with the object's owner as a label.");
    for (const Object* const object : objects) {
        out.sample(labels_of({{"kind", to_string(object->kind)},
                              {"name", printable(object->name)},
                              {"owner", printable(user_name(object->owner))}}),
                   1);
    }
    const auto all = labelled(objects);
    for (const ObjectMetric& metric : object_metrics) {
        out.family(metric.name, metric.type, metric.help);
        for (const auto& [object, labels] : all) {
            if (const Value value = metric.value(*object)) {
                out.sample(labels, *value);
            }
        }
    }
}

} // namespace cli

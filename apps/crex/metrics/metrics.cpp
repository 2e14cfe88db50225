// SPDX-License-Identifier: BSL-1.0
#include "metrics/metrics.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <crex/inventory.hpp>
#include <crex/version.hpp>

#include "metrics/exposition.hpp"
#include "metrics/object_metrics.hpp"
#include "objects/leftovers.hpp"
#include "objects/naming.hpp"

namespace cli {
namespace {

using crex::Object;
using crex::ObjectKind;
using crex::ObjectState;
using Objects = std::vector<const Object*>;
using Type = Exposition::Type;

Objects chosen(const std::vector<Object>& objects, const MetricsScope& scope) {
    Objects result;
    for (const Object& object : objects) {
        if (!scope.prefix || begins_with(*scope.prefix, object)) {
            result.push_back(&object);
        }
    }
    return result;
}

// Robust objects have the most to tell. An object without a name has no series: several may have
// had one name.
Objects with_series(Objects objects, std::size_t most) {
    std::erase_if(objects, [](const Object* object) { return !object->is_linked; });
    const auto rank = [](const Object* object) {
        return std::tuple{!crex::is_robust(object->kind), object->kind,
                          std::string_view{object->name}};
    };
    std::sort(objects.begin(), objects.end(),
              [&](const Object* a, const Object* b) { return rank(a) < rank(b); });
    objects.resize(std::min(objects.size(), most));
    return objects;
}

struct Sum {
    double count = 0;
    double bytes = 0;
};

template <class Is> Sum sum_of(const Objects& objects, Is is) {
    Sum sum;
    for (const Object* const object : objects) {
        if (is(*object)) {
            sum.count += 1;
            sum.bytes += static_cast<double>(object->size.value_or(0));
        }
    }
    return sum;
}

// Each kind and state, also those without objects: a series that comes and goes cannot be compared.
void put_sums(Exposition& out, const Objects& objects, double Sum::*member) {
    for (int kind = 0; kind <= static_cast<int>(ObjectKind::sysv_queue); ++kind) {
        for (const auto state : {ObjectState::in_use, ObjectState::stale, ObjectState::unknown}) {
            const auto its_kind = static_cast<ObjectKind>(kind);
            const Sum sum = sum_of(objects, [&](const Object& object) {
                return object.is_linked && object.kind == its_kind && object.state == state;
            });
            out.sample(labels_of({{"kind", to_string(its_kind)}, {"state", to_string(state)}}),
                       sum.*member);
        }
    }
}

void put_leftovers(Exposition& out, const Objects& objects) {
    for (const bool content : {false, true}) {
        const Sum sum = sum_of(objects, [&](const Object& object) {
            return is_left_over(object) && object.may_have_content == content;
        });
        out.sample(labels_of({{"may_have_content", content ? "true" : "false"}}), sum.count);
    }
}

void put_all_together(Exposition& out, const Objects& objects) {
    out.family("crex_objects", Type::gauge, "Objects with a name, by kind and state.");
    put_sums(out, objects, &Sum::count);
    out.family("crex_objects_size_bytes", Type::gauge,
               "Sizes of the objects with a name, by kind and state.");
    put_sums(out, objects, &Sum::bytes);
    const Sum unlinked = sum_of(objects, [](const Object& object) { return !object.is_linked; });
    out.family("crex_unlinked_objects", Type::gauge,
               "Objects that have no name any more and that a process still has.");
    out.sample(unlinked.count);
    out.family("crex_unlinked_objects_size_bytes", Type::gauge, "Sizes of these objects.");
    out.sample(unlinked.bytes);
    out.family("crex_leftovers", Type::gauge,
               "crex's own objects that no process uses, as crex gc finds them.");
    put_leftovers(out, objects);
    out.family("crex_files_set_aside", Type::gauge,
               "Files that a killed crex gc or crex rm has moved aside.");
    out.sample(sum_of(objects, is_set_aside).count);
}

void put_about_the_look(Exposition& out, const crex::Inventory& inventory,
                        std::chrono::duration<double> cost, std::size_t omitted) {
    out.family("crex_objects_omitted", Type::gauge,
               "Objects with a name that have no series of their own, because of --max-objects.");
    out.sample(static_cast<double>(omitted));
    out.family("crex_inventory_limitations", Type::gauge,
               "Reasons for which objects may be missing; crex ls names them.");
    out.sample(static_cast<double>(inventory.limitations.size()));
    out.family("crex_inventory_saw_all_processes", Type::gauge,
               "1 if every process could be inspected for objects that it uses, else 0.");
    out.sample(inventory.saw_all_processes ? 1 : 0);
    out.family("crex_inventory_duration_seconds", Type::gauge,
               "How long it took to look at all objects and processes.");
    out.sample(cost.count());
    out.family("crex_build_info", Type::gauge, "1, with the version of crex as a label.");
    out.sample(labels_of({{"version", crex::version}}), 1);
}

std::string text_of(const crex::Inventory& inventory, std::chrono::nanoseconds cost,
                    const MetricsScope& scope) {
    const Objects objects = chosen(inventory.objects, scope);
    const Objects shown = with_series(objects, scope.max_objects);
    const auto linked = static_cast<std::size_t>(
        sum_of(objects, [](const Object& object) { return object.is_linked; }).count);
    Exposition out;
    put_object_metrics(out, shown);
    put_all_together(out, objects);
    put_about_the_look(out, inventory, cost, linked - shown.size());
    return out.text();
}

} // namespace

const std::string& Metrics::text() {
    constexpr int rest = 3; // times the duration of a look
    const auto begin = std::chrono::steady_clock::now();
    if (begin >= valid_until_) {
        // A kernel lease would let other processes wait in open(2).
        const crex::Inventory inventory = crex::list_objects({.ask_kernel = false});
        const auto cost = std::chrono::steady_clock::now() - begin;
        text_ = text_of(inventory, cost, scope_);
        const auto end = std::chrono::steady_clock::now();
        valid_until_ = end + rest * (end - begin);
    }
    return text_;
}

} // namespace cli

// SPDX-License-Identifier: BSL-1.0
#include "creation.hpp"

#include <memory>

#include "crash/kill/harness/command_process.hpp"
#include "crash/kill/harness/stepper.hpp"
#include "crash/kill/harness/trace.hpp"
#include "support/eventually.hpp"
#include "support/private_shm.hpp"

namespace crash {

SoleUserKills::SoleUserKills(const Subject& subject, WaitOptions patience)
    : subject_{subject}, patience_{patience} {}

Figures SoleUserKills::kill_in_creation(std::size_t points, const Shape& shape) {
    shape_ = shape;
    return kill_in(
        "create",
        [this] {
            operation_begins();
            const auto queue = subject_.create(name_, shape_);
            operation_ends();
        },
        points, true);
}

Figures SoleUserKills::kill_in_last_close(std::size_t points) {
    shape_ = {.lifetime = crex::Lifetime::until_unused};
    return kill_in(
        "last close",
        [this] {
            auto queue = subject_.create(name_, shape_);
            queue->send(item("w1"));
            operation_begins();
            queue.reset();
            operation_ends();
        },
        points, false);
}

Figures SoleUserKills::kill_in(const std::string& what, const Body& body, std::size_t points,
                               bool lasts) {
    const std::size_t before = test::pages_in_use_in_shm();
    (void)subject_.create(name_, shape_); // so that one-time work is done
    subject_.unlink(name_);
    const Trace trace = [&] {
        const OnOneProcessor together;
        Stepper actor{body};
        return Trace{actor, {}};
    }();
    subject_.unlink(name_);
    Figures figures{what};
    figures.states = trace.distinct().size();
    const auto kill_at = [&](std::size_t point) {
        {
            const OnOneProcessor together;
            Stepper actor{body};
            bring(actor, trace.route_to(point));
        }
        Report report = come_after(lasts);
        // Pages are freed a moment later when another process is reading the dead one's
        // /proc/PID/maps.
        if (report.fault == Fault::none && !test::eventually([&] {
                return test::files_in_shm() == 0 && test::pages_in_use_in_shm() == before;
            })) {
            report = crash::report(Fault::other, "something is left in /dev/shm");
        }
        subject_.unlink(name_);
        figures.note(report, "point " + std::to_string(point));
    };
    for (const std::size_t point : some(trace.all(), points)) {
        kill_at(point);
    }
    for (const std::size_t point : trace.distinct()) { // right after each system call
        kill_at(point - (point > 0 ? 1 : 0));
        kill_at(point);
    }
    return figures;
}

// One process opens the queue, or creates it if there is none, and uses it.
Report SoleUserKills::come_after(bool lasts) {
    CommandProcess next{[this, lasts](const Command&) {
        Survivor survivor{subject_, shape_, patience_};
        const bool was_there = survivor.open_or_create(name_);
        const Contents before = lasts || !was_there ? Contents{} : Contents{item("w1")};
        survivor.go_on(First::comes_anew, {{before}}, false, false);
        return report(Fault::none, {}, survivor.slowest_ms());
    }};
    const Report report = next.ask(command(0), patience_.all);
    next.dismiss();
    if (lasts) {
        subject_.unlink(name_);
    }
    return report;
}

} // namespace crash

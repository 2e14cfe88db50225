// SPDX-License-Identifier: BSL-1.0
#include "verbs.hpp"

#include <algorithm>

#include "completion/words.hpp"

namespace cli {

// Each is defined in the file of its name in verbs/, which has no other files.
extern const Verb create;
extern const Verb doctor;
extern const Verb gc;
extern const Verb limits;
extern const Verb ls;
extern const Verb metrics;
extern const Verb mq_bridge;
extern const Verb mq_peek;
extern const Verb mq_purge;
extern const Verb mq_recv;
extern const Verb mq_send;
extern const Verb mq_stat;
extern const Verb ring_get;
extern const Verb ring_put;
extern const Verb rm;
extern const Verb sem_acquire;
extern const Verb sem_release;
extern const Verb sem_run;
extern const Verb sem_value;
extern const Verb sem_wait;
extern const Verb shm_cat;
extern const Verb shm_dump;
extern const Verb shm_resize;
extern const Verb shm_write;
extern const Verb show;
extern const Verb top;
extern const Verb watch;
extern const Verb who;

const std::vector<const Verb*>& verbs() {
    static const std::vector<const Verb*> all = [] {
        std::vector<const Verb*> result{
            &ls,        &top,       &show,      &who,      &watch,      &rm,          &gc,
            &limits,    &doctor,    &metrics,   &create,   &sem_run,    &sem_acquire, &sem_release,
            &sem_wait,  &sem_value, &mq_send,   &mq_recv,  &mq_peek,    &mq_stat,     &mq_purge,
            &mq_bridge, &shm_cat,   &shm_write, &shm_dump, &shm_resize, &ring_put,    &ring_get,
        };
        const auto& more = postgres_verbs();
        result.insert(result.end(), more.begin(), more.end());
        return result;
    }();
    return all;
}

const std::vector<Option>& common_options() {
    static const std::vector<Option> options{
        {"help,h", nullptr, "show this and stop"},
        {"timeout-status,E", "N",
         "exit with N instead of 75 when something is busy or in time out"},
    };
    return options;
}

namespace {

[[noreturn]] void throw_unknown(const std::string& first) {
    if (first.empty()) {
        throw UsageError{"which verb? crex --help lists them"};
    }
    const std::string words = joined(second_words(first));
    throw UsageError{words.empty() ? "there is no verb " + first + "; crex --help lists them"
                                   : first + " requires one of " + words};
}

const Verb* verb_called(const std::string& name) {
    const auto found = std::find_if(verbs().begin(), verbs().end(),
                                    [&](const Verb* verb) { return verb->name == name; });
    return found == verbs().end() ? nullptr : *found;
}

} // namespace

const Verb& take_verb(std::vector<std::string>& words) {
    const std::string first = words.empty() ? std::string{} : words.front();
    const std::string both = words.size() < 2 ? std::string{} : first + " " + words[1];
    if (const Verb* const verb = verb_called(both)) {
        words.erase(words.begin(), words.begin() + 2);
        return *verb;
    }
    if (const Verb* const verb = verb_called(first)) {
        words.erase(words.begin());
        return *verb;
    }
    throw_unknown(first);
}

} // namespace cli

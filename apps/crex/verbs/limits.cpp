// SPDX-License-Identifier: BSL-1.0
#include <iostream>

#include "invocation.hpp"
#include "objects/system_limits.hpp"
#include "text/json.hpp"
#include "text/table.hpp"

namespace cli {
namespace {

constexpr std::uint64_t nearly = 90; // per cent

Json json_of_limit(const Limit& limit) {
    return {{"name", limit.name},
            {"used", or_null(limit.used)},
            {"limit", or_null(limit.most)},
            {"bites", limit.bites},
            {"raise", limit.raise}};
}

std::string share_of(const Limit& limit) {
    if (!limit.used || !limit.most || *limit.most == 0) {
        return no_value;
    }
    const auto share = static_cast<unsigned>(100.0 * static_cast<double>(*limit.used) /
                                             static_cast<double>(*limit.most));
    return std::to_string(share) + "%" + (share >= nearly ? " !" : "");
}

std::string number(const std::optional<std::uint64_t>& value) {
    return value ? std::to_string(*value) : no_value;
}

ExitStatus run_limits(const Invocation& given) {
    const auto limits = system_limits();
    if (given.has("json")) {
        Json all = Json::array();
        for (const Limit& limit : limits) {
            all.push_back(json_of_limit(limit));
        }
        std::cout << dumped({{"version", 1}, {"limits", all}}, 2) << '\n';
        return fine;
    }
    Table table{{{"WHAT"}, {"USED", true}, {"LIMIT", true}, {"SHARE"}, {"BITES"}, {"TO RAISE IT"}}};
    for (const Limit& limit : limits) {
        table.add({limit.name, number(limit.used), number(limit.most), share_of(limit), limit.bites,
                   limit.raise});
    }
    table.print(std::cout);
    return fine;
}

} // namespace

extern const Verb limits{
    .name = "limits",
    .arguments = "",
    .at_least = 0,
    .at_most = 0,
    .summary = "show the limits that can bite, and how to raise them",
    .description =
        R"(Lists every limit of the system and of crex that making or using an object can meet: how
much is in use, how much there can be, what fails when the limit is reached, and how to raise it. A
setting that is changed by sysctl lasts until the next boot; a line in /etc/sysctl.d makes it
permanent.)",
    .options = {{"json", nullptr, "as JSON: limits is a list of name, used, limit, bites, raise"}},
    .more = {},
    .completes = Completes::nothing,
    .run = run_limits,
};

} // namespace cli

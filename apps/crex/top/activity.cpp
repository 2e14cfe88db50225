// SPDX-License-Identifier: BSL-1.0
#include "top/activity.hpp"

#include <utility>

namespace cli {
namespace {

using Count = std::optional<std::uint64_t>;

// Nothing when a count is missing, or has gone back: then it is another object's.
std::optional<double> rate(Count before, Count now, std::chrono::duration<double> time) {
    const bool known = before && now && *now >= *before && time.count() > 0;
    return known ? std::optional{static_cast<double>(*now - *before) / time.count()} : std::nullopt;
}

} // namespace

Sample Observer::look() {
    const auto begin = std::chrono::steady_clock::now();
    crex::Inventory inventory = source_.look();
    const auto end = std::chrono::steady_clock::now();
    // The bytes are read first, and the processes after that.
    const auto time = begin - std::exchange(when_, begin);
    Sample sample{{}, source_.is_at_server, std::move(inventory.limitations), end - begin};
    std::map<Key, Counts> now;
    for (crex::Object& object : inventory.objects) {
        const Key key{object.kind, object.id.device, object.id.inode};
        const auto found = before_.find(key);
        const Counts before = found == before_.end() ? Counts{} : found->second;
        now[key] = {object.sent, object.received};
        const auto sends = rate(before.sent, object.sent, time);
        const auto receives = rate(before.received, object.received, time);
        sample.objects.push_back({std::move(object), sends, receives});
    }
    before_ = std::move(now);
    return sample;
}

} // namespace cli

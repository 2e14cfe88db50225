// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <crex/inventory.hpp>

namespace cli {

using Json = nlohmann::ordered_json;

Json json_of(const crex::Object& object);

// The text, with bytes that are no UTF-8 replaced: names may be any bytes.
std::string dumped(const Json& json, int indent = -1);

// Null for a missing value.
template <class Value> Json or_null(const std::optional<Value>& value) {
    return value ? Json(*value) : Json(nullptr);
}

} // namespace cli

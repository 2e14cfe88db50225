// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace cli {

// A text in Prometheus' exposition format, version 0.0.4. The samples of a family follow it.
class Exposition {
public:
    enum class Type { gauge, counter };

    void family(std::string_view name, Type type, std::string_view help);

    // A sample of the last family. `labels` come from labels_of().
    void sample(std::string_view labels, double value);
    void sample(double value) { sample("", value); }

    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
    std::string name_;
};

// {kind="shm",name="/frames"}. A value must be UTF-8, as printable() returns it.
std::string labels_of(std::initializer_list<std::pair<std::string_view, std::string_view>> labels);

} // namespace cli

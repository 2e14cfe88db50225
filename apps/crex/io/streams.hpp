// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Standard input and output in large pieces, without buffering by the C++ library.

namespace cli {

// Reads with one read(2). Returns the number of bytes, 0 at the end. Throws Failure.
std::size_t read_some(std::span<std::byte> room);

// Reads everything. Failure (65) when that is more than `at_most` bytes.
std::string read_all(std::size_t at_most);

void write_all(std::span<const std::byte> bytes);

// Standard input cut at a delimiter.
class Records {
public:
    // A record that is longer than `longest` need not be read whole.
    Records(char delimiter, std::size_t longest);

    // The records that one read(2), or several, have completed. The last record need not end with
    // the delimiter. Of a record that is too long, this is the beginning, which is too long as
    // well. The records stay valid until the next call. Empty at the end.
    const std::vector<std::string_view>& next();

private:
    void keep_rest();
    void cut(std::size_t from);

    char delimiter_;
    std::size_t longest_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0; // of the record that is not complete
    std::size_t end_ = 0;
    bool at_end_ = false;
    std::vector<std::string_view> records_;
};

// Standard output. Text stays here until flush(), or until there is a lot of it.
class Output {
public:
    Output() { text_.reserve(2 * enough); }

    void put(std::string_view text) { text_.append(text); }
    void put(char c) { text_.push_back(c); }
    void flush_if_long() {
        if (text_.size() >= enough) {
            flush();
        }
    }
    void flush();

    // Returns what was put since the last flush(), for the caller to write; none of it is kept.
    [[nodiscard]] std::string take() { return std::exchange(text_, {}); }

private:
    static constexpr std::size_t enough = std::size_t{1} << 18;
    std::string text_;
};

} // namespace cli

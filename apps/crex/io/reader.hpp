// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <stop_token>
#include <string_view>

// What happens to standard output when it is a pipe: whether its reader is there, and what the
// reader has taken.

namespace cli {

// From now on SIGPIPE comes as soon as the reader of standard output has gone, and not only with
// the next write: for verbs that may have nothing to write for a long time.
void notice_gone_reader();

bool output_is_a_pipe();

// Whether standard output is a pipe or socket without a reader.
bool reader_has_gone();

// Standard output for records. Each record is written once the reader has taken the one before. So
// the reader gets no more than it asks for, and a record that it leaves behind can be given back.
//
// If standard output is no pipe, or if other processes write records to the pipe as well, a record
// counts as taken when it is written.
class Handover {
public:
    Handover();
    ~Handover();
    Handover(const Handover&) = delete;
    Handover& operator=(const Handover&) = delete;

    // Writes the text. Returns how much was written: less than all if the reader went, or the stop
    // was requested, before the end.
    [[nodiscard]] std::size_t write(std::string_view text, const std::stop_token& stop);

    // How many bytes are in the pipe.
    [[nodiscard]] static std::size_t unread();

    // Waits until everything written is taken. False when the reader has gone without taking it. A
    // requested stop ends the wait, too: then the reader may still take it.
    [[nodiscard]] bool is_taken(const std::stop_token& stop = {});

    // Gives the pipe its full size, for records that are longer than a page anyway.
    void be_wide();

private:
    int size_before_; // the pipe's; 0 or less where there is none
    bool is_narrow_ = false;
};

} // namespace cli

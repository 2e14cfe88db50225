// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <new>
#include <optional>
#include <string>

#include <boost/interprocess/mapped_region.hpp>

#include "common/errors.hpp"
#include "platform/file.hpp"
#include "robust/layout.hpp"
#include "robust/lifecycle.hpp"

// The mapped file of a robust object: how it is created and how it is opened.
//
// It is created without a name, and gets the name when everything is in place. So no process sees a
// half-made object, and a killed maker leaves nothing. A file that is opened is checked first, as
// if an enemy had put it there. After that, its header is never read from the shared memory again.

namespace crex::detail::robust {

// The kind of an object. Each kind has names of its own.
struct Kind {
    std::uint32_t number;
    const char* prefix; // of the file's name
    const char* what;   // for error messages
    // The size of the file that a header implies; 0 when the header makes no sense.
    std::uint64_t (*size_for)(const Header& header);
};

class Segment {
public:
    // Nothing when there is no object of that name. Throws CorruptError, saying what is wrong, when
    // the file is no such object; PermissionsError when its owner is not to be trusted (see the
    // option any_owner); BusyError when another process has not finished removing it by the
    // deadline. The object counts as being opened (see lifecycle.hpp) until a participant joins or
    // end_opening() is called.
    static std::optional<Segment> open(const Call& call, const Kind& kind, bool any_owner,
                                       const Deadline& deadline = Lifecycle::after_a_while());

    // A segment in a new file without a name, all zeros except for its header. Nothing when the
    // name is taken. The caller fills in the fields of `header` that differ between objects of one
    // kind; unborn() sets the others.
    static std::optional<Segment> unborn(const Call& call, const Kind& kind, Header header,
                                         bool reserve);

    // Gives the file its owner, its mode and its name. False when the name is taken.
    [[nodiscard]] bool publish(const Call& call, const Access& access) const;

    [[nodiscard]] ObjectId id() const { return id_; }

    // Whether the name is still this object's.
    [[nodiscard]] bool is_linked(std::string_view name) const;

    [[nodiscard]] const Header& header() const { return header_; }
    [[nodiscard]] int fd() const { return fd_.get(); }
    // Leaves the descriptor open: closing it would drop the locks of the process (see
    // platform/byte_lock.hpp).
    void leave_open() noexcept { (void)fd_.release(); }
    // The value of forks() before the file was opened.
    [[nodiscard]] std::uint64_t forks_before() const { return forks_before_; }

    [[nodiscard]] ParticipantTable participants() const;

    // The object at that offset in the file.
    template <class T> [[nodiscard]] T* at(std::uint64_t offset) const {
        auto* const base = static_cast<std::byte*>(region_.get_address());
        return std::launder(reinterpret_cast<T*>(base + static_cast<std::size_t>(offset)));
    }

    // The offset of the entries from number 512 on; they follow the object's body.
    static std::uint64_t rest_of_table(const Kind& kind, const Header& header);

    static std::string file_name(const Kind& kind, std::string_view name);
    static std::string path(const Kind& kind, std::string_view name);

    // What is wrong with a file of that header and size; empty when nothing is.
    static std::string complaint_about(const Kind& kind, const Header& header,
                                       std::uint64_t file_size);

private:
    Segment(const Kind& kind, UniqueFd fd, std::uint64_t forks_before, const Header& header);

    const Kind* kind_;
    UniqueFd fd_;
    ObjectId id_;
    std::uint64_t forks_before_;
    Header header_;
    boost::interprocess::mapped_region region_;
};

std::uint64_t checksum_of(const Header& header);

} // namespace crex::detail::robust

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

// The file of a robust object, mapped: how it is born and how it is opened.
//
// It is born without a name, and gets it when all is in place: a half-made object is never seen,
// and a maker killed on the way leaves nothing. What is opened is looked at first, as closely as if
// an enemy had put it there; after that nothing in its header is read from the shared memory again.

namespace crex::detail::robust {

// What sort of object; each has names of its own.
struct Kind {
    std::uint32_t number;
    const char* prefix; // of the file's name
    const char* what;   // for error messages
    // The file's size for what a header says, 0 when it makes no sense.
    std::uint64_t (*size_for)(const Header& header);
};

class Segment {
public:
    // Nothing when there is none. CorruptError, saying what is wrong, when what is there is no such
    // object; PermissionsError when its owner is not one to trust (see the option any_owner);
    // BusyError when somebody is removing it until the deadline. It is still being opened (see
    // lifecycle.hpp) until a participant joins.
    static std::optional<Segment> open(const Call& call, const Kind& kind, bool any_owner,
                                       const Deadline& deadline = Lifecycle::after_a_while());

    // One in a file without a name yet, all zeros but for its header. Nothing when the name is
    // taken. `header` has what differs between objects of a kind.
    static std::optional<Segment> unborn(const Call& call, const Kind& kind, Header header,
                                         bool reserve);

    // Gives it its owner, its mode and its name. False when that is taken.
    [[nodiscard]] bool publish(const Call& call, const Access& access) const;

    [[nodiscard]] ObjectId id() const { return id_; }

    // Whether the name is still this object's.
    [[nodiscard]] bool is_linked(std::string_view name) const;

    [[nodiscard]] const Header& header() const { return header_; }
    [[nodiscard]] int fd() const { return fd_.get(); }
    // Where closing it would drop the locks of the process (see platform/byte_lock.hpp).
    void leave_open() noexcept { (void)fd_.release(); }
    // What forks() was before that was opened.
    [[nodiscard]] std::uint64_t forks_before() const { return forks_before_; }

    [[nodiscard]] ParticipantTable participants() const;

    // What lies at that place in the file.
    template <class T> [[nodiscard]] T* at(std::uint64_t offset) const {
        auto* const base = static_cast<std::byte*>(region_.get_address());
        return std::launder(reinterpret_cast<T*>(base + static_cast<std::size_t>(offset)));
    }

    // Where the second part of a table that large begins, behind what the kind puts into the file.
    static std::uint64_t rest_of_table(const Kind& kind, const Header& header);

    static std::string file_name(const Kind& kind, std::string_view name);
    static std::string path(const Kind& kind, std::string_view name);

    // What is wrong with a file of that size that begins so; empty when nothing is.
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

// The sum that a whole header has.
std::uint64_t checksum_of(const Header& header);

} // namespace crex::detail::robust

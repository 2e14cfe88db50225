// SPDX-License-Identifier: BSL-1.0
#include "robust/segment.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "common/named_file.hpp"
#include "platform/cancellation.hpp"
#include "platform/fork.hpp"
#include "platform/reading.hpp"

namespace crex::detail::robust {

namespace bip = boost::interprocess;

namespace {

bool is_my_group(gid_t group) {
    if (group == getegid()) {
        return true;
    }
    const int count = getgroups(0, nullptr);
    std::vector<gid_t> groups(count > 0 ? static_cast<std::size_t>(count) : 0);
    const int got = getgroups(static_cast<int>(groups.size()), groups.data());
    return got > 0 && std::find(groups.begin(), groups.end(), group) != groups.end();
}

// The owner of a file can write anything into it, and so can every user that its mode admits. A
// caller that is root is let in: it can read and write every file anyway.
void check_owner(const Call& call, const struct stat& file) {
    const bool mine = file.st_uid == geteuid() || file.st_uid == 0 || geteuid() == 0;
    const bool ours = is_my_group(file.st_gid) && (file.st_mode & S_IWOTH) == 0;
    if (!mine && !ours) {
        throw_errno(call, EPERM,
                    "its owner, user " + std::to_string(file.st_uid) +
                        ", is neither this process's user nor root, and the file is not limited to "
                        "a group of this process (see the option any_owner)");
    }
}

void check_file(const Call& call, const struct stat& file, bool any_owner) {
    if (S_ISDIR(file.st_mode)) {
        throw_corrupt(call, "a directory is in its place");
    }
    if (S_ISFIFO(file.st_mode)) {
        throw_corrupt(call, "a FIFO is in its place");
    }
    if (!S_ISREG(file.st_mode)) {
        throw_corrupt(call, "something that is no regular file is in its place");
    }
    if (file.st_nlink > 1) {
        throw_corrupt(call,
                      "its file has " + std::to_string(file.st_nlink) + " names (hard links)");
    }
    if (!any_owner) {
        check_owner(call, file);
    }
}

// The file at `path`, opened for reading and writing; -1 when there is none.
UniqueFd open_file(const Call& call, const std::string& path) {
    // O_NONBLOCK, in case a FIFO is in its place; O_NOFOLLOW, in case a symbolic link is.
    UniqueFd fd{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
    if (fd.get() >= 0 || errno == ENOENT) {
        return fd;
    }
    switch (errno) {
    case ELOOP:
        throw_corrupt(call, "a symbolic link is in its place");
    case EISDIR:
        throw_corrupt(call, "a directory is in its place");
    case ENXIO:
    case ENODEV:
        throw_corrupt(call, "something that is no regular file is in its place");
    default:
        throw_file_errno(call, errno, path);
    }
}

// A 32-bit process cannot map all that a 64-bit process can.
void check_size(const Call& call, const Header& header) {
    if (header.size > std::numeric_limits<std::ptrdiff_t>::max()) {
        throw_errno(call, ENOMEM,
                    "its " + std::to_string(header.size) +
                        " bytes are more than this process can map");
    }
}

// The file's header; throws when it is not whole.
Header checked_header(const Call& call, const Kind& kind, int fd, off_t file_size) {
    Header header{};
    if (file_size < static_cast<off_t>(body_offset)) {
        throw_corrupt(call,
                      std::string{"the file is too short for "}.append(kind.what) + "'s header");
    }
    errno = EIO;
    if (!read_at(fd, &header, sizeof header, 0)) {
        throw_errno(call, errno, "its file cannot be read");
    }
    const std::string problem =
        Segment::complaint_about(kind, header, static_cast<std::uint64_t>(file_size));
    if (!problem.empty()) {
        throw_corrupt(call, problem);
    }
    check_size(call, header);
    return header;
}

// 0 when the header makes no sense.
std::uint64_t whole_size(const Kind& kind, const Header& header) {
    const std::uint64_t size = kind.size_for(header);
    return size == 0 || header.participants <= participants_default
               ? size
               : Segment::rest_of_table(kind, header) +
                     (header.participants - participants_default) * sizeof(ParticipantEntry);
}

// A mapping keeps the description that it was made with, and so the locks of that description. A
// forked child, which inherits the mapping, would keep its parent's liveness lock held. So the
// mapping gets its own description, if one can be obtained.
class ForMapping {
public:
    explicit ForMapping(int fd) : own_{reopened(fd)}, fd_{own_.get() < 0 ? fd : own_.get()} {}

    [[nodiscard]] int fd() const { return fd_; }

private:
    UniqueFd own_;
    int fd_;
};

} // namespace

std::uint64_t Segment::rest_of_table(const Kind& kind, const Header& header) {
    return (kind.size_for(header) + cache_line - 1) / cache_line * cache_line;
}

ParticipantTable Segment::participants() const {
    auto* const first = at<ParticipantEntry>(participants_offset);
    if (header_.participants <= participants_default) {
        return {first, header_.participants, nullptr, 0};
    }
    const std::size_t rest = rest_of_table(*kind_, header_);
    return {first, header_.participants, at<ParticipantEntry>(rest), rest};
}

std::uint64_t checksum_of(const Header& header) {
    std::uint64_t sum = 0xCBF2'9CE4'8422'2325; // FNV-1a
    const auto* const bytes = reinterpret_cast<const unsigned char*>(&header);
    for (std::size_t i = 0; i < offsetof(Header, checksum); ++i) {
        sum = (sum ^ bytes[i]) * 0x100'0000'01B3;
    }
    return sum;
}

Segment::Segment(const Kind& kind, UniqueFd fd, std::uint64_t forks_before, const Header& header)
    : kind_{&kind}, fd_{std::move(fd)}, id_{id_of(*status_of(fd_.get()))},
      forks_before_{forks_before}, header_{header}, region_{Mappable{ForMapping{fd_.get()}.fd()},
                                                            bip::read_write, 0,
                                                            static_cast<std::size_t>(header.size)} {
}

std::string Segment::complaint_about(const Kind& kind, const Header& header,
                                     std::uint64_t file_size) {
    const std::string what{kind.what};
    if (header.magic != magic || header.kind != kind.number) {
        return "the file is no " + what;
    }
    if (header.byte_order != native_byte_order) {
        return "it was made on a machine with another byte order";
    }
    if (header.version != layout_version) {
        return "it has version " + std::to_string(header.version) +
               " of the layout, this crex knows version " + std::to_string(layout_version);
    }
    if (header.checksum != checksum_of(header)) {
        return what + "'s header is damaged";
    }
    const std::uint64_t size = whole_size(kind, header);
    if (size == 0 || size != header.size || header.participants == 0 ||
        header.participants > participants_max) {
        return what + "'s header makes no sense";
    }
    return file_size == size ? std::string{}
                             : "the file has " + std::to_string(file_size) + " bytes instead of " +
                                   std::to_string(size);
}

std::optional<Segment> Segment::open(const Call& call, const Kind& kind, bool any_owner,
                                     const Deadline& deadline) {
    const CancellationHeld held;
    const std::uint64_t forks_before = forks();
    UniqueFd fd = open_file(call, path(kind, call.object));
    if (fd.get() < 0) {
        return std::nullopt;
    }
    Lifecycle opening = Lifecycle::opening(call, fd.get(), deadline);
    const auto status = status_of(fd.get());
    if (!status) {
        throw_errno(call, errno);
    }
    if (status->st_nlink == 0) {
        return std::nullopt; // unlinked just now
    }
    check_file(call, *status, any_owner);
    const Header header = checked_header(call, kind, fd.get(), status->st_size);
    opening.go_on();
    return translating(call, [&] { return Segment{kind, std::move(fd), forks_before, header}; });
}

std::optional<Segment> Segment::unborn(const Call& call, const Kind& kind, Header header,
                                       bool reserve) {
    header.magic = magic;
    header.version = layout_version;
    header.byte_order = native_byte_order;
    header.kind = kind.number;
    header.participants = header.participants != 0 ? header.participants : participants_default;
    header.size = whole_size(kind, header);
    header.checksum = checksum_of(header);
    check_size(call, header);
    const std::uint64_t forks_before = forks();
    auto file = nameless_file(call, file_name(kind, call.object),
                              static_cast<std::size_t>(header.size), reserve);
    if (!file) {
        return std::nullopt;
    }
    return translating(call, [&] {
        Segment segment{kind, file->release(), forks_before, header};
        std::memcpy(segment.region_.get_address(), &header, sizeof header);
        return segment;
    });
}

bool Segment::publish(const Call& call, const Access& access) const {
    return detail::publish(call, fd(), file_name(*kind_, call.object), access);
}

bool Segment::is_linked(std::string_view name) const { return is_at(path(*kind_, name), id_); }

std::string Segment::file_name(const Kind& kind, std::string_view name) {
    std::string result{"/"};
    result += kind.prefix;
    result += name.substr(1);
    return result;
}

std::string Segment::path(const Kind& kind, std::string_view name) {
    return shared_memory_path(file_name(kind, name));
}

} // namespace crex::detail::robust

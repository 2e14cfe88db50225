# SPDX-License-Identifier: BSL-1.0
import copy
import mmap
import os
import pickle

from support import TestCase, unique_name

import crex.posix_ipc as posix_ipc


class SharedMemory(TestCase):
    def setUp(self):
        name = self.removed(unique_name(), posix_ipc.unlink_shared_memory)
        self.memory = posix_ipc.SharedMemory(name, posix_ipc.O_CREX, size=3333)
        self.addCleanup(self.memory.close_fd)

    def open(self, *args, **kwargs):
        memory = posix_ipc.SharedMemory(*args, **kwargs)
        self.addCleanup(memory.close_fd)
        return memory

    def test_size_is_exact_and_is_changed_by_opening_with_a_size(self):
        self.assertEqual(self.memory.size, 3333)
        self.assertEqual(self.open(self.memory.name).size, 3333)
        self.open(self.memory.name, size=5000)
        self.assertEqual(self.memory.size, 5000)
        os.ftruncate(self.memory.fd, 100)
        self.assertEqual(self.memory.size, 100)

    def test_flags_are_those_of_open(self):
        with self.assertRaises(posix_ipc.ExistentialError):
            posix_ipc.SharedMemory(unique_name())
        for flags in (posix_ipc.O_CREX, posix_ipc.O_CREAT | posix_ipc.O_EXCL):
            with self.assertRaises(posix_ipc.ExistentialError):
                posix_ipc.SharedMemory(self.memory.name, flags)
        self.assertEqual(self.open(self.memory.name, posix_ipc.O_CREAT).size, 3333)
        self.assertEqual(self.open(self.memory.name, posix_ipc.O_TRUNC).size, 0)
        with self.assertRaises(ValueError):
            posix_ipc.SharedMemory(self.memory.name, posix_ipc.O_EXCL)

    def test_a_name_of_none_is_made_up(self):
        memory = self.open(None, posix_ipc.O_CREX, size=1)
        self.assertRegex(memory.name, "^/.+")
        memory.unlink()
        with self.assertRaises(ValueError):
            posix_ipc.SharedMemory(None)

    def test_bytes_are_seen_through_every_descriptor(self):
        other = self.open(os.fsencode(self.memory.name))
        with mmap.mmap(self.memory.fd, 3333) as mine, mmap.mmap(other.fd, other.size) as theirs:
            mine[:5] = b"hello"
            self.assertEqual(theirs[:5], b"hello")

    def test_a_read_only_descriptor_cannot_be_mapped_for_writing(self):
        memory = self.open(self.memory.name, read_only=True)
        mmap.mmap(memory.fd, memory.size, prot=mmap.PROT_READ).close()
        with self.assertRaises(PermissionError):
            mmap.mmap(memory.fd, memory.size)

    def test_the_descriptor_outlives_the_object_until_it_is_closed(self):
        memory = posix_ipc.SharedMemory(self.memory.name)
        fd = memory.fd
        del memory
        self.assertEqual(os.fstat(fd).st_size, 3333)
        os.close(fd)

    def test_a_descriptor_closed_by_os_close_is_not_closed_again(self):
        memory = posix_ipc.SharedMemory(self.memory.name)
        os.close(memory.fd)
        with self.assertRaises(posix_ipc.ExistentialError):
            memory.size
        with self.assertRaises(ValueError):
            memory.close_fd()
        memory.close_fd()

    def test_close_fd_closes_and_mappings_stay(self):
        memory = posix_ipc.SharedMemory(self.memory.name)
        fd = memory.fileno()
        with mmap.mmap(fd, memory.size) as view:
            memory.close_fd()
            self.assertEqual(view[0], 0)
        self.assertEqual(memory.fd, -1)
        with self.assertRaises(OSError):
            os.fstat(fd)
        with self.assertRaises(posix_ipc.ExistentialError):
            memory.size

    def test_unlink_removes_the_name_once(self):
        self.memory.unlink()
        with self.assertRaises(posix_ipc.ExistentialError):
            self.memory.unlink()
        with self.assertRaises(posix_ipc.ExistentialError):
            posix_ipc.SharedMemory(self.memory.name)
        self.assertEqual(self.memory.size, 3333)

    def test_wrong_arguments_are_refused(self):
        with self.assertRaises(TypeError):
            posix_ipc.SharedMemory(3, posix_ipc.O_CREX)
        with self.assertRaises(TypeError):
            posix_ipc.SharedMemory(unique_name(), posix_ipc.O_CREX, size="1")
        with self.assertRaises(ValueError):
            posix_ipc.SharedMemory(unique_name(), posix_ipc.O_CREX, size=-1)
        with self.assertRaises(TypeError):
            posix_ipc.SharedMemory(unique_name(), posix_ipc.O_CREX, size=1.0)
        for read_only in (None, "yes"):
            with self.assertRaises(TypeError):
                posix_ipc.SharedMemory(self.memory.name, read_only=read_only)
        with self.assertRaises(TypeError):
            posix_ipc.SharedMemory(unique_name(), posix_ipc.O_CREX, length=1)
        with self.assertRaises(TypeError):
            posix_ipc.unlink_shared_memory(None)

    def test_a_size_that_no_memory_can_have_is_a_value_error_and_leaves_nothing(self):
        name = self.removed(unique_name(), posix_ipc.unlink_shared_memory)
        for size in (2**63, 2**64 - 1, 2**70):
            with self.assertRaises(ValueError):
                posix_ipc.SharedMemory(name, posix_ipc.O_CREX, size=size)
        with self.assertRaises(posix_ipc.ExistentialError):
            posix_ipc.SharedMemory(name)
        with self.assertRaises(ValueError):
            posix_ipc.SharedMemory(self.memory.name, size=2**63)
        self.assertEqual(self.memory.size, 3333)

    def test_a_read_only_descriptor_changes_no_size(self):
        with self.assertRaises(ValueError):
            posix_ipc.SharedMemory(self.memory.name, size=1, read_only=True)
        self.assertEqual(self.memory.size, 3333)

    def test_the_ways_of_access_among_the_flags_are_ignored(self):
        for way in (posix_ipc.O_RDONLY, posix_ipc.O_RDWR, posix_ipc.O_NONBLOCK):
            memory = self.open(self.memory.name, posix_ipc.O_CREAT | way)
            mmap.mmap(memory.fd, memory.size).close()

    def test_a_descriptor_is_neither_copied_nor_pickled(self):
        for function in copy.copy, copy.deepcopy, pickle.dumps:
            with self.assertRaises(TypeError):
                function(self.memory)

    def test_attributes_cannot_be_set(self):
        for name in ("name", "fd", "size", "mode"):
            with self.assertRaises(AttributeError):
                setattr(self.memory, name, 1)

    def test_str_and_repr_are_posix_ipc_s(self):
        name = self.memory.name
        self.assertEqual(str(self.memory), name)
        self.assertEqual(repr(self.memory), f'posix_ipc.SharedMemory("{name}", mode=0600)')

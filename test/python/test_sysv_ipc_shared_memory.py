# SPDX-License-Identifier: BSL-1.0
import ctypes
import mmap
import os
import time

from support import TestCase, unique_key

import crex.sysv_ipc as sysv_ipc

PAGE = sysv_ipc.PAGE_SIZE


class SharedMemory(TestCase):
    def setUp(self):
        self.memory = self.new(size=3333)

    def new(self, key=None, flags=sysv_ipc.IPC_CREX, **options):
        memory = self.remove_later(sysv_ipc.SharedMemory(key, flags, **options))
        self.addCleanup(lambda: memory.attached and memory.detach())
        return memory

    def test_new_memory_is_attached_and_filled(self):
        self.assertIs(self.memory.attached, True)
        self.assertEqual(self.memory.read(), b" " * 3333)
        self.assertEqual(self.new(init_character=b"@").read(), b"@" * PAGE)
        self.assertEqual(self.new(size=3, init_character=b"\0").read(), b"\0" * 3)
        for wrong in (b"", b"ab", 3, " "):
            with self.assertRaises(TypeError):
                self.new(init_character=wrong)

    def test_memory_made_by_ipc_creat_alone_is_zero(self):
        self.assertEqual(self.new(unique_key(), sysv_ipc.IPC_CREAT, size=5).read(), b"\0" * 5)

    def test_size_is_a_page_by_default_for_new_memory_only(self):
        self.assertEqual((self.memory.size, self.new().size), (3333, PAGE))
        self.assertEqual(self.new(self.memory.key, 0).size, 3333)
        self.assertEqual(self.new(self.memory.key, sysv_ipc.IPC_CREAT, size=3000).size, 3333)
        with self.assertRaises(ValueError):
            sysv_ipc.SharedMemory(unique_key(), sysv_ipc.IPC_CREAT)
        with self.assertRaises(ValueError):
            sysv_ipc.SharedMemory(self.memory.key, size=3334)
        with self.assertRaises(ValueError):
            self.new(size=-1)

    def test_memory_that_is_not_there_is_a_memory_error(self):
        with self.assertRaises(MemoryError):
            self.new(size=2**62)

    def test_flags_of_the_system_are_passed_on(self):
        with open("/proc/sys/vm/overcommit_memory", encoding="ascii") as file:
            if file.read().strip() != "2":
                memory = sysv_ipc.SharedMemory(
                    None, sysv_ipc.IPC_CREX | sysv_ipc.SHM_NORESERVE, 0o400, 2**45
                )
                self.assertEqual(self.remove_later(memory).size, 2**45)
                memory.detach()
        try:
            self.new(None, sysv_ipc.IPC_CREX | sysv_ipc.SHM_HUGETLB, size=2 << 20)
        except (MemoryError, sysv_ipc.PermissionsError) as error:
            self.assertRegex(str(error), "nr_hugepages|hugetlb_shm_group")
        self.new(unique_key(), sysv_ipc.IPC_CREAT | 0o777, size=1)
        with self.assertRaises(ValueError):
            self.new(None, sysv_ipc.IPC_CREX | 1 << 30)

    def test_what_one_process_writes_another_reads(self):
        child = self.child(
            "memory = sysv_ipc.SharedMemory(int(sys.argv[1]))\nmemory.write('child')",
            self.memory.key,
        )
        self.assertEndsWell(child)
        self.assertEqual(self.memory.read(6), b"child ")
        self.in_child(lambda: self.memory.write(b"forked", 10))
        self.assertEqual(self.memory.read(6, 10), b"forked")

    def test_read_returns_at_most_what_is_there(self):
        self.memory.write(b"abcdefg")
        self.assertEqual(self.memory.read(5, 2), b"cdefg")
        self.assertEqual(self.memory.read(byte_count=2, offset=1), b"bc")
        self.assertEqual(len(self.memory.read(0, 3330)), 3)
        self.assertEqual(len(self.memory.read(10000, 100)), 3233)
        self.assertEqual(len(self.memory.read()), 3333)
        for wrong in ((1, 3333), (1, 2**63), (1, -1), (-1,), (2**70,)):
            with self.assertRaises(ValueError):
                self.memory.read(*wrong)
        for wrong in (("1",), (1, "0"), (1, 0, 0), (1.5,)):
            with self.assertRaises(TypeError):
                self.memory.read(*wrong)

    def test_write_fits_or_writes_nothing(self):
        self.memory.write(b"x\0y", offset=3330)
        self.assertEqual(self.memory.read(0, 3329), b" x\0y")
        self.memory.write(b"", 3333)
        for some_bytes in ("h\u00e9", bytearray(b"h\xc3\xa9"), memoryview(b"h\xc3\xa9")):
            self.memory.write(s=some_bytes)
            self.assertEqual(self.memory.read(4), b"h\xc3\xa9 ")
        for wrong in ((b"x" * 3334,), (b"xx", 3332), (b"", 3334), (b"x", -1), (b"x", 2**70)):
            with self.assertRaises(ValueError):
                self.memory.write(*wrong)
        for wrong in ((), (None,), (3,), (b"x", "0")):
            with self.assertRaises(TypeError):
                self.memory.write(*wrong)
        self.memory.write(memoryview(self.memory)[:5], 1)  # bytes that overlap
        self.assertEqual(self.memory.read(6), b"hh\xc3\xa9  ")

    def test_detached_memory_can_be_attached_again(self):
        self.memory.write(b"kept")
        self.assertGreater(self.memory.address, 0)
        self.assertEqual(self.memory.number_attached, 1)
        self.assertIsNone(self.memory.detach())
        self.assertIs(self.memory.attached, False)
        self.assertEqual((self.memory.address, self.memory.number_attached), (0, 0))
        for call in (
            self.memory.detach,
            self.memory.read,
            lambda: self.memory.write(b"x"),
            lambda: memoryview(self.memory),
        ):
            with self.assertRaisesRegex(sysv_ipc.NotAttachedError, f"id {self.memory.id}"):
                call()
        self.assertIsNone(self.memory.attach())
        self.assertEqual(self.memory.read(4), b"kept")

    def test_it_is_attached_where_it_is_asked_for(self):
        with mmap.mmap(-1, PAGE) as place:
            address = ctypes.addressof(ctypes.c_char.from_buffer(place))
        self.memory.detach()
        self.memory.attach(address + 1, sysv_ipc.SHM_RND)
        self.assertEqual(self.memory.address, address)
        with self.assertRaises(ValueError):
            self.memory.attach(address=address)  # something is there
        self.memory.attach(address, flags=sysv_ipc.SHM_REMAP)
        self.memory.attach(None, sysv_ipc.SHM_RND)
        for wrong in (("1",), (1.5,), (None, "0"), (None, 0, 0)):
            with self.assertRaises(TypeError):
                self.memory.attach(*wrong)
        for wrong in ((1,), (None, sysv_ipc.SHM_REMAP), (None, sysv_ipc.IPC_CREAT)):
            with self.assertRaises(ValueError):
                self.memory.attach(*wrong)

    def test_memory_attached_for_reading_cannot_be_written(self):
        self.memory.detach()
        self.memory.attach(None, sysv_ipc.SHM_RDONLY)
        self.assertEqual(self.memory.read(1), b" ")
        for call in (
            lambda: self.memory.write(b"x"),
            lambda: memoryview(self.memory).__setitem__(0, 1),
        ):
            with self.assertRaises((OSError, TypeError)):
                call()
        self.memory.attach()
        self.memory.write(b"x")

    def test_a_mode_without_writing_attaches_for_reading(self):
        for memory in (self.new(mode=0o400), self.new(self.memory.key, 0, mode=0o400)):
            with self.assertRaises(OSError):
                memory.write(b"x")
            self.assertTrue(memoryview(memory).readonly)

    def test_a_memoryview_shows_the_memory_and_keeps_it_attached(self):
        view = memoryview(self.memory)
        self.assertEqual((view.format, view.shape, view.readonly), ("B", (3333,), False))
        view[1:4] = b"abc"
        self.assertEqual(self.memory.read(5), b" abc ")
        self.memory.write("xyz")
        self.assertEqual(bytes(view[:4]), b"xyzc")
        self.assertEqual(bytearray(self.memory)[:3], b"xyz")
        part = view[1:3]
        self.memory.detach()
        self.assertIs(self.memory.attached, False)
        self.assertEqual((self.memory.number_attached, bytes(part)), (1, b"yz"))
        view.release()
        part.release()
        self.assertEqual(self.memory.number_attached, 0)

    def test_memory_stays_attached_when_its_object_is_gone(self):
        other = sysv_ipc.SharedMemory(self.memory.key)
        address = other.address
        del other
        self.assertEqual(self.memory.number_attached, 2)
        self.memory.write(b"seen")
        self.assertEqual(ctypes.string_at(address, 4), b"seen")

    def test_each_attachment_is_counted_and_a_killed_process_s_ends(self):
        self.memory.attach()
        self.assertEqual(self.memory.number_attached, 2)
        child = self.child(
            "memory = sysv_ipc.SharedMemory(int(sys.argv[1]))\nsay('attached')\ntime.sleep(1000)",
            self.memory.key,
        )
        self.assertEqual(child.line(), "attached")
        self.assertEqual(self.memory.number_attached, 3)
        self.assertEqual(self.memory.last_pid, child.process.pid)
        child.kill()
        self.assertEqual(self.memory.number_attached, 2)

    def test_removed_memory_stays_until_it_is_detached(self):
        self.memory.remove()
        with self.assertRaises(sysv_ipc.ExistentialError):
            sysv_ipc.SharedMemory(self.memory.key)
        self.memory.write(b"still there")
        self.assertEqual(self.memory.size, 3333)
        self.memory.detach()
        with self.assertRaises(sysv_ipc.ExistentialError):
            self.memory.size

    def test_what_the_system_knows_can_only_be_read(self):
        now = int(time.time())
        self.assertEqual((self.memory.creator_pid, self.memory.last_pid), (os.getpid(),) * 2)
        self.assertEqual(self.memory.last_detach_time, 0)
        self.memory.detach()
        for name in ("last_attach_time", "last_detach_time", "last_change_time"):
            self.assertLessEqual(abs(getattr(self.memory, name) - now), PAGE)
        for name in (
            "size",
            "address",
            "attached",
            "last_attach_time",
            "last_detach_time",
            "last_change_time",
            "creator_pid",
            "last_pid",
            "number_attached",
        ):
            with self.assertRaisesRegex(AttributeError, name):
                setattr(self.memory, name, 1)

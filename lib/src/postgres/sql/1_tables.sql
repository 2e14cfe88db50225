-- SPDX-License-Identifier: BSL-1.0
-- What crex keeps in a database. Only the functions of the next files use it; all of it is closed
-- to other roles.
--
-- A call locks the row of its queue or semaphore first, and changes what belongs to it only while
-- it has that lock: so a queue's messages get their numbers in the order of the commits, and what
-- the row counts is exact. No call that waits for a row holds the lock of another one, except to
-- move a message to the dead letters.

create schema crex;

-- The version of the schema, and a number that tells this database from others.
create table crex.version (number int not null, database bigint not null);
insert into crex.version values (1, (random() * 9007199254740992)::bigint);

-- Numbers of objects, sessions and handles: none is used twice.
create sequence crex.numbers;

-- A connection of a process. While it lives, it holds the advisory lock crex.key(id).
create table crex.session (
    id bigint primary key,
    backend int not null,       -- its process at the server
    role name not null,
    pid int not null,           -- the client's process
    host text not null
);

create table crex.queue (
    id bigint primary key,
    name text not null unique,
    owner name not null,
    mode int not null,
    created timestamptz not null default clock_timestamp(),
    max_messages bigint not null,
    max_message_size bigint not null,
    max_handles int not null,
    until_unused boolean not null,
    max_attempts int not null,
    dead_letter text not null,
    is_shut_down boolean not null default false,
    used bigint not null default 0,     -- messages, leased ones included
    ready bigint not null default 0,    -- messages that are not leased
    leases bigint not null default 0,   -- how many there have been: the last token
    sent bigint not null default 0,
    received bigint not null default 0,
    redelivered bigint not null default 0,
    dead_lettered bigint not null default 0,
    has_waiters boolean not null default false -- false: no session need be notified
) with (fillfactor = 20); -- so that an update finds room in the same page

create table crex.semaphore (
    id bigint primary key,
    name text not null unique,
    owner name not null,
    mode int not null,
    created timestamptz not null default clock_timestamp(),
    max_handles int not null,
    by_anyone boolean not null,
    value bigint not null,                      -- free permits
    from_dead bigint not null default 0,        -- of these, left by dead holders
    acquisitions bigint not null default 0      -- how many there have been: the last token
) with (fillfactor = 20);

-- A participant: a handle of a session on an object.
create table crex.handle (
    id bigint primary key,
    session bigint not null,
    backend int not null,
    object bigint not null,
    reads boolean not null,
    writes boolean not null,
    permits bigint not null default 0
) with (fillfactor = 50);
create index handle_object on crex.handle (object);
create index handle_session on crex.handle (session);

-- Calls insert one only under the lock of its queue's row, and the end of the queue deletes them. So
-- no foreign key need be checked for each.
create table crex.message (
    id bigint primary key generated always as identity,
    queue bigint not null,
    priority int not null,
    attempts int not null default 0,
    holder bigint,              -- the handle that leases it
    token bigint,
    body bytea not null
);
alter table crex.message alter body set storage external;
create index message_ready on crex.message (queue, priority desc, id) where holder is null;
create index message_leased on crex.message (holder) where holder is not null;

-- The last call that had an effect, of each lane of a sender: a lane has one call at a time. A call
-- that is repeated after a broken connection is found here, and not done twice.
create table crex.sender (
    id uuid not null,
    lane int not null,
    sequence bigint not null,
    result bigint not null,
    used timestamptz not null default clock_timestamp(),
    primary key (id, lane)
) with (fillfactor = 50);

-- A handle in whose process threads wait: for messages ('r'), for room ('w'), for a permit ('p') or
-- to show that there are messages ('f'). Waking it removes the row. A permit may have been handed
-- to it instead, until the time in `handed`.
create table crex.waiter (
    object bigint not null,
    direction "char" not null,
    handle bigint not null,
    place bigint not null default nextval('crex.numbers'),
    handed timestamptz,
    from_dead boolean not null default false,
    primary key (object, direction, handle)
);

-- The request to be notified of a message that comes into the empty queue. `number` is the
-- client's.
create table crex.notification (
    queue bigint primary key references crex.queue on delete cascade,
    handle bigint not null,
    number bigint not null
);

-- SPDX-License-Identifier: BSL-1.0
-- Messages on their way: send, receive and lease, and what becomes of a lease.

-- The result of the call of that sender, lane and sequence; null if it is new. A later call of the
-- lane means that this one comes late, from a session that was given up: 0.
create function crex.sent_before(its_sender uuid, its_lane int, its_sequence bigint) returns bigint
language plpgsql stable as $$
begin
    return (select case sequence when its_sequence then result else 0 end from sender
        where id = its_sender and lane = its_lane and sequence >= its_sequence);
end $$;

-- Appends as many of the messages as there is room for, and returns how many. A call with the same
-- sender, lane and sequence returns what the first one did. If there is no room: `looks` says to
-- give back what the dead held, `waits` to wake the handle when there is.
create function crex.send(its_handle bigint, its_sender uuid, its_lane int, its_sequence bigint,
                          its_priority int, bodies bytea[], waits boolean, looks boolean)
returns bigint
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    q crex.queue;
    count bigint := cardinality(bodies);
    done bigint;
begin
    select * into q from queue where id = (select object from handle
        where id = its_handle and backend = pg_backend_pid() and writes) for update;
    if not found then
        if not (own(its_handle)).writes then
            perform fail(13, 'the handle was opened with write = false');
        end if;
        perform fail(43, 'it has been removed');
    end if;
    if q.is_shut_down or q.used >= q.max_messages then
        done := sent_before(its_sender, its_lane, its_sequence);
        if done is not null then
            return done;
        end if;
        if q.is_shut_down then
            perform fail(108, 'the queue was shut down');
        end if;
        if looks then
            perform reap(q.id);
            select * into q from queue where id = q.id;
        end if;
    end if;
    count := least(count, q.max_messages - q.used);
    if count <= 0 then
        if waits then
            perform wait_for(q.id, 'w', its_handle);
            update queue set has_waiters = true where id = q.id and not has_waiters;
        end if;
        return 0;
    end if;
    insert into sender as s (id, lane, sequence, result)
        values (its_sender, its_lane, its_sequence, count)
        on conflict (id, lane) do update
        set sequence = excluded.sequence, result = excluded.result, used = excluded.used
        where s.sequence < excluded.sequence;
    if not found then
        return sent_before(its_sender, its_lane, its_sequence);
    end if;
    if count = 1 then
        if length(bodies[1]) > q.max_message_size then
            perform fail(22, 'the message is too long');
        end if;
        insert into message (queue, priority, body) values (q.id, its_priority, bodies[1]);
    else
        insert into message (queue, priority, body)
            select q.id, its_priority, b.body
            from unnest(bodies[1:count]) with ordinality b (body, n) order by b.n;
    end if;
    update queue set used = used + count, ready = ready + count, sent = sent + count,
        has_waiters = q.has_waiters and is_awaited(q.id) where id = q.id;
    if q.has_waiters then
        perform wake_receivers(q.id, count, q.ready = 0);
    end if;
    return count;
end $$;

-- Moves a message that was given back too often to the dead letters. False when it cannot be.
create function crex.move_to_dead_letters(q crex.queue, its_message bigint) returns boolean
language plpgsql as $$
declare
    d crex.queue;
begin
    select * into d from queue where name = q.dead_letter for update;
    if not found or d.is_shut_down or d.used >= d.max_messages or not may_use(d.owner, d.mode)
        or d.max_message_size < (select length(body) from message where id = its_message) then
        return false;
    end if;
    insert into message (queue, priority, body)
        select d.id, priority, body from message where id = its_message;
    delete from message where id = its_message;
    update queue set used = used + 1, ready = ready + 1, sent = sent + 1 where id = d.id;
    update queue set used = used - 1, ready = ready - 1, dead_lettered = dead_lettered + 1
        where id = q.id;
    if d.has_waiters then
        perform wake_receivers(d.id, 1, d.ready = 0);
    end if;
    if q.has_waiters then
        perform wake(q.id, 'w', 1);
    end if;
    return true;
end $$;

-- Moves the messages in front that were given back too often, as far as they can be.
create function crex.move_poison(q crex.queue) returns void
language plpgsql as $$
declare
    m record;
begin
    for m in select id from message where queue = q.id and holder is null
             and attempts >= q.max_attempts order by priority desc, id
    loop
        perform move_to_dead_letters(q, m.id);
    end loop;
end $$;

-- Takes the first messages, at most as many as `at_most`: removes them, or leases them to the
-- handle. If there is none: `looks` and `waits` as in send().
create function crex.take(its_handle bigint, at_most int, leases boolean, waits boolean,
                          looks boolean)
returns table (id bigint, priority int, attempts int, token bigint, body bytea)
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    q crex.queue;
    count bigint;
begin
    select * into q from queue where queue.id = (select h.object from handle h
        where h.id = its_handle and h.backend = pg_backend_pid() and h.reads) for update;
    if not found then
        if not (own(its_handle)).reads then
            perform fail(13, 'the handle was opened with read = false');
        end if;
        perform fail(43, 'it has been removed');
    end if;
    if q.ready > 0 and q.max_attempts > 0 then
        perform move_poison(q);
        select * into q from queue where queue.id = q.id;
    end if;
    if q.ready <= 0 and looks then
        perform reap(q.id);
        select * into q from queue where queue.id = q.id;
        if q.ready > 0 and q.max_attempts > 0 then
            perform move_poison(q);
            select * into q from queue where queue.id = q.id;
        end if;
    end if;
    if q.ready <= 0 then
        if q.is_shut_down then
            perform fail(108, 'the queue was shut down');
        end if;
        if waits then
            perform wait_for(q.id, 'r', its_handle);
            update queue set has_waiters = true where queue.id = q.id and not has_waiters;
        end if;
        return;
    end if;
    if leases then
        return query update message m set holder = its_handle, token = q.leases + 1
            where m.id = (select f.id from message f where f.queue = q.id and f.holder is null
                          order by f.priority desc, f.id limit 1)
            returning m.id, m.priority, m.attempts, m.token, m.body;
        update queue set ready = ready - 1, leases = q.leases + 1 where queue.id = q.id;
        return;
    end if;
    if at_most = 1 then
        return query delete from message m
            where m.id = (select f.id from message f where f.queue = q.id and f.holder is null
                          order by f.priority desc, f.id limit 1)
            returning m.id, m.priority, m.attempts, 0::bigint, m.body;
        count := 1;
    else
        count := least(at_most, q.ready);
        return query with gone as (
            delete from message m where m.id = any (array(
                select f.id from message f where f.queue = q.id and f.holder is null
                order by f.priority desc, f.id limit count))
            returning m.id, m.priority, m.attempts, m.body)
            select g.id, g.priority, g.attempts, 0::bigint, g.body from gone g
            order by g.priority desc, g.id;
    end if;
    update queue set used = used - count, ready = ready - count, received = received + count,
        has_waiters = q.has_waiters and is_awaited(q.id) where queue.id = q.id;
    if q.has_waiters then
        perform wake(q.id, 'w', count);
    end if;
end $$;

-- Locks the queue of a lease.
create function crex.lock_queue(its_handle bigint) returns crex.queue
language plpgsql as $$
declare
    q crex.queue;
begin
    select * into q from queue where id = (select object from handle
        where id = its_handle and backend = pg_backend_pid()) for update;
    if not found then
        perform fail(43, 'the queue has been removed');
    end if;
    return q;
end $$;

create function crex.acknowledge(its_handle bigint, its_message bigint, its_token bigint)
returns void
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    q crex.queue := lock_queue(its_handle);
begin
    delete from message where id = its_message and holder = its_handle and token = its_token;
    if not found then
        perform fail(116, 'the lease is not this handle''s any more');
    end if;
    update queue set used = used - 1, received = received + 1 where id = q.id;
    if q.has_waiters then
        perform wake(q.id, 'w', 1);
    end if;
end $$;

create function crex.nack(its_handle bigint, its_message bigint, its_token bigint, tries int)
returns void
language plpgsql security definer set search_path = crex, pg_temp as $$
declare
    q crex.queue := lock_queue(its_handle);
begin
    update message set holder = null, token = null, attempts = least(attempts + tries, 255)
        where id = its_message and holder = its_handle and token = its_token;
    if not found then
        perform fail(116, 'the lease is not this handle''s any more');
    end if;
    update queue set ready = ready + 1, redelivered = redelivered + 1 where id = q.id;
    if q.has_waiters then
        perform wake_receivers(q.id, 1, q.ready = 0);
    end if;
end $$;

-- What has become of an acknowledgement whose answer was lost, in a session that was given up:
-- whether the message is still there, and whether it is certain that nothing comes any more.
create function crex.acknowledged(its_message bigint, its_session bigint)
returns table (is_there boolean, is_certain boolean)
language plpgsql security definer set search_path = crex, pg_temp as $$
begin
    is_certain := is_dead(its_session, 0); -- first: what it did before it ended, is seen below
    is_there := exists (select from message where id = its_message);
    is_certain := is_certain or not is_there;
    return next;
end $$;

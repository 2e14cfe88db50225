# SPDX-License-Identifier: BSL-1.0

# A second process that uses System V objects through Perl's IPC::SysV, and knows nothing of crex:
#
#     sysv_peer.pl VERB KEY ARGUMENT...
#
# The exit codes are those of helpers/outcome.hpp.

use strict;
use warnings;

use Errno qw(EAGAIN EEXIST EIDRM ENOENT);
use IPC::Msg;
use IPC::Semaphore;
use IPC::SharedMem;
use IPC::SysV qw(IPC_CREAT IPC_EXCL IPC_NOWAIT SEM_UNDO);

use constant {DONE => 0, USAGE => 2, NO => 9, EXISTENTIAL_ERROR => 10, OTHER_ERROR => 16};
use constant CREX => IPC_CREAT | IPC_EXCL | 0600;

$| = 1;

# The result of a call. False means that it has failed; zero is "0 but true".
sub checked {
    my ($answer) = @_;
    return $answer if $answer;
    exit EXISTENTIAL_ERROR if $! == ENOENT || $! == EEXIST || $! == EIDRM;
    print STDERR "$!\n";
    exit OTHER_ERROR;
}

sub semaphore { return checked(IPC::Semaphore->new($_[0], 1, 0600)); }
sub memory { return checked(IPC::SharedMem->new($_[0], 0, 0600)); }
sub queue { return checked(IPC::Msg->new($_[0], 0600)); }

my %verbs = (
    'create-semaphore' => sub {
        my ($key, $value) = @_;
        checked(checked(IPC::Semaphore->new($key, 1, CREX))->setval(0, $value));
        return DONE;
    },
    'is-finished' => sub { return semaphore(@_)->stat->otime != 0 ? DONE : NO; },
    'acquire' => sub {
        return DONE if semaphore(@_)->op(0, -1, IPC_NOWAIT);
        return $! == EAGAIN ? NO : checked(0);
    },
    'wait' => sub {
        my $semaphore = semaphore(@_);
        print "ready\n";
        checked($semaphore->op(0, -1, 0));
        return DONE;
    },
    'hold' => sub {
        my $semaphore = semaphore(@_);
        checked($semaphore->op(0, -1, SEM_UNDO));
        print "ready\n";
        sleep;
    },
    'release' => sub { checked(semaphore(@_)->op(0, 1, 0)); return DONE; },
    'remove-semaphore' => sub { checked(semaphore(@_)->remove); return DONE; },
    'create-memory' => sub {
        my ($key, $size) = @_;
        checked(IPC::SharedMem->new($key, $size, CREX));
        return DONE;
    },
    'attach' => sub {
        my $memory = memory(@_);
        checked($memory->attach);
        print "ready\n";
        sleep;
    },
    'write-byte' => sub {
        my ($key, $offset, $byte) = @_;
        checked(memory($key)->write(pack('C', $byte), $offset, 1));
        return DONE;
    },
    'check-byte' => sub {
        my ($key, $offset, $byte) = @_;
        return unpack('C', memory($key)->read($offset, 1)) == $byte ? DONE : NO;
    },
    'create-queue' => sub { checked(IPC::Msg->new($_[0], CREX)); return DONE; },
    'send' => sub {
        my ($key, $body, $type) = @_;
        checked(queue($key)->snd($type, $body));
        return DONE;
    },
    'receive' => sub {
        my ($key, $type) = @_;
        my $queue = queue($key);
        print "ready\n";
        my $found = checked($queue->rcv(my $body, 8192, $type));
        print "$body $found\n";
        return DONE;
    },
);

my $verb = shift @ARGV;
exit USAGE unless defined $verb && exists $verbs{$verb};
exit $verbs{$verb}->(@ARGV);

/* The fabric between processes: peers that are killed, stopped and started again; the folder in
 * which they meet; descriptors. */
#include "fabric_support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct kind inside = {"local", true, 0};
static const struct kind files = {"local, memory files", true, 1};

/* ---- processes --------------------------------------------------------------------------- */

struct peer {
    pid_t pid;
    int in, out;
    char said[512];
};

static void peer_start(struct peer *peer, struct rig *rig, const char *node, int window) {
    const char *program = getenv("WEIR_FABRIC_PEER");
    int in[2], out[2];
    char places[16], inline_bytes[16];
    if (!program) {
        print_message("# skipped: $WEIR_FABRIC_PEER does not name the program\n");
        skip();
    }
    snprintf(places, sizeof places, "%d", window);
    snprintf(inline_bytes, sizeof inline_bytes, "%zu", rig->kind->inline_bytes);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    peer->pid = fork();
    assert_true(peer->pid >= 0);
    if (peer->pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execl(program, program, rig->dir, node, places, inline_bytes, NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    peer->in = in[1];
    peer->out = out[0];
    ssize_t n = 0;
    struct pollfd fd = {peer->out, POLLIN, 0};
    if (poll(&fd, 1, 60000) == 1)
        n = read(peer->out, peer->said, sizeof peer->said - 1);
    peer->said[n > 0 ? n : 0] = '\0';
}

static void peer_reap(struct peer *peer) {
    assert_int_equal(waitpid(peer->pid, NULL, 0), peer->pid);
    close(peer->in);
    close(peer->out);
}

static void peer_kill(struct peer *peer) {
    kill(peer->pid, SIGKILL);
    peer_reap(peer);
}

/* Ends by itself. */
static void peer_end(struct peer *peer) {
    close(peer->in);
    peer->in = -1;
    peer_reap(peer);
}

static void peer_stop(struct peer *peer) {
    siginfo_t info;
    kill(peer->pid, SIGSTOP);
    assert_int_equal(waitid(P_PID, (id_t)peer->pid, &info, WSTOPPED | WNOWAIT), 0);
}

static bool exists(struct rig *rig, const char *name) {
    return weir_file_exists(test_path(rig->dir, name));
}

/* ---- dying and stalling --------------------------------------------------------------------- */

static void test_a_killed_process_ends_its_asks_at_once_and_its_socket_is_removed(void **state) {
    struct rig rig;
    struct peer peer;
    struct slip slip[3];
    rig_init(&rig, *state);
    struct node *a = rig_node(&rig, "a");
    peer_start(&peer, &rig, "b", 3);
    assert_string_equal(peer.said, "ready\n");
    await_seen(a, "b", "hole");
    struct weir_fabric_client *client = client_of(a, "b", "hole");
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(a, client, &slip[i], "?", 100000), 0);
    assert_true(exists(&rig, "b.sock"));
    peer_kill(&peer);
    for (int i = 0; i < 3; i++) /* a's clock stands still */
        assert_ended(&slip[i], WEIR_FABRIC_GONE, WEIR_ECONN);
    await_lost(a, "b", "hole");
    await_lost(a, "b", "echo");
    /* the kernel takes a dead process's things in its own order: the next heartbeat sees to it */
    AWAIT(&rig, (pass(a, 500), !exists(&rig, "b.sock") && !exists(&rig, "b.lock")));
    assert_int_equal(ask(a, client, &slip[0], "?", 0), WEIR_ENOENT);
    rig_done(&rig);
}

static void test_a_restarted_process_is_used_again_by_the_same_client(void **state) {
    struct rig rig;
    struct peer peer;
    rig_init(&rig, *state);
    struct node *a = rig_node(&rig, "a");
    struct weir_fabric_client *client = client_of(a, "b", "echo");
    for (int i = 0; i < 4; i++) {
        struct slip slip;
        peer_start(&peer, &rig, "b", 1);
        await_seen(a, "b", "echo");
        assert_int_equal(ask(a, client, &slip, "round", 50000), 0);
        assert_echoed(&slip, "round");
        if (i % 2)
            peer_kill(&peer);
        else
            peer_end(&peer);
        await_lost(a, "b", "echo");
    }
    rig_done(&rig);
}

static void test_a_process_that_ends_leaves_nothing_in_the_folder(void **state) {
    struct rig rig;
    struct peer peer;
    rig_init(&rig, *state);
    peer_start(&peer, &rig, "b", 1);
    assert_string_equal(peer.said, "ready\n");
    assert_true(exists(&rig, "b.sock") && exists(&rig, "b.lock"));
    peer_end(&peer);
    assert_int_equal(rmdir(rig.dir), 0); /* it is empty */
    assert_int_equal(mkdir(rig.dir, 0700), 0);
    rig_done(&rig);
}

static void test_a_process_cannot_serve_under_the_name_of_one_that_lives(void **state) {
    struct rig rig;
    struct peer first, second;
    struct slip slip;
    rig_init(&rig, *state);
    struct node *a = rig_node(&rig, "a");
    peer_start(&first, &rig, "b", 1);
    peer_start(&second, &rig, "b", 1);
    if (!strstr(second.said, "another process serves as node b"))
        fail_msg("it says: %s", second.said);
    peer_reap(&second);
    await_seen(a, "b", "echo");
    struct weir_fabric_client *client = client_of(a, "b", "echo");
    assert_int_equal(ask(a, client, &slip, "the first", 0), 0);
    assert_echoed(&slip, "the first");
    peer_kill(&first);
    peer_start(&second, &rig, "b", 1); /* what the dead left does not matter */
    assert_string_equal(second.said, "ready\n");
    peer_end(&second);
    rig_done(&rig);
}

static void test_a_stopped_process_costs_its_window_and_holds_up_nobody(void **state) {
    enum { WINDOW = 4 };
    struct rig rig;
    struct peer stopped, other;
    struct slip slip[WINDOW], more;
    rig_init(&rig, *state);
    struct node *a = rig_node(&rig, "a");
    peer_start(&stopped, &rig, "b", WINDOW);
    peer_start(&other, &rig, "c", 1);
    await_seen(a, "b", "echo");
    await_seen(a, "c", "echo");
    struct weir_fabric_client *client = client_of(a, "b", "echo"), *c = client_of(a, "c", "echo");
    peer_stop(&stopped);
    for (int i = 0; i < WINDOW; i++)
        assert_int_equal(ask_within(a, client, &slip[i], "too late", 60000, 150), 0);
    assert_int_equal(ask(a, client, &more, "?", 60000), WEIR_EAGAIN); /* at once */
    assert_int_equal(ask(a, c, &more, "elsewhere", 60000), 0);
    assert_echoed(&more, "elsewhere");
    pass(a, 150);
    for (int i = 0; i < WINDOW; i++)
        assert_ended(&slip[i], WEIR_FABRIC_TIMED_OUT, WEIR_ETIMEDOUT);
    assert_int_equal(ask(a, client, &more, "?", 0), WEIR_EAGAIN); /* it still has them */
    kill(stopped.pid, SIGCONT);
    AWAIT(&rig, stats_of(a).late == WINDOW);
    for (int i = 0; i < WINDOW; i++)
        assert_int_equal(slip[i].ends, 1);
    assert_int_equal(ask(a, client, &more, "awake", 60000), 0);
    assert_echoed(&more, "awake");
    peer_end(&stopped);
    peer_end(&other);
    rig_done(&rig);
}

static void test_a_stopped_process_expires_and_comes_back(void **state) {
    struct rig rig;
    struct peer peer;
    struct slip slip;
    rig_init(&rig, *state);
    struct node *a = rig_node(&rig, "a");
    peer_start(&peer, &rig, "b", 1);
    await_seen(a, "b", "echo");
    struct weir_fabric_client *client = client_of(a, "b", "echo");
    peer_stop(&peer);
    assert_int_equal(ask(a, client, &slip, "behind all it said", 0), 0);
    pass(a, 1500);
    await_lost(a, "b", "echo");
    assert_int_equal(slip.ends, 0); /* silent is not dead */
    kill(peer.pid, SIGCONT);
    assert_echoed(&slip, "behind all it said");
    await_seen(a, "b", "echo");
    assert_int_equal(ask(a, client, &slip, "again", 0), 0);
    assert_echoed(&slip, "again");
    peer_end(&peer);
    rig_done(&rig);
}

/* Kills, stalls and restarts all the while; every reply belongs to its ask, by content. */
static void test_every_reply_belongs_to_its_ask_under_kills_stalls_and_restarts(void **state) {
    enum { ROUNDS = 12, EACH = 40, WINDOW = 8 };
    struct rig rig;
    struct peer peer;
    static struct slip slip[ROUNDS * EACH];
    static char text[ROUNDS * EACH][32];
    int taken = 0, replied = 0, gone = 0, late = 0;
    rig_init(&rig, *state);
    struct node *a = rig_node_real(&rig, "a");
    struct weir_fabric_client *client = client_of(a, "b", "echo");
    for (int round = 0; round < ROUNDS; round++) {
        peer_start(&peer, &rig, "b", WINDOW);
        await_seen(a, "b", "echo");
        for (int i = 0; i < EACH; i++) {
            snprintf(text[taken], sizeof text[taken], "frame %d", round * EACH + i);
            size_t bytes = (size_t)(i * 5419 % 140000) + 1;
            struct slip *s = &slip[taken];
            int rc = ask_within(a, client, s, text[taken], bytes, i % 8 == 3 ? 1 : 20000);
            if (rc == WEIR_EAGAIN) {
                if (round % 3 == 1 && i > EACH / 2)
                    kill(peer.pid, SIGCONT);
                AWAIT(&rig, stats_of(a).under_way < WINDOW);
                continue;
            }
            assert_int_equal(rc, 0);
            taken++;
            if (round % 3 == 1 && i == EACH / 2)
                peer_stop(&peer);
        }
        kill(peer.pid, SIGCONT);
        if (round % 3 == 2)
            peer_end(&peer);
        else
            peer_kill(&peer);
        await_lost(a, "b", "echo");
    }
    for (int i = 0; i < taken; i++) {
        await_end(&slip[i]);
        assert_int_equal(slip[i].ends, 1);
        replied += slip[i].how == WEIR_FABRIC_REPLIED;
        gone += slip[i].how == WEIR_FABRIC_GONE;
        late += slip[i].how == WEIR_FABRIC_TIMED_OUT;
        if (slip[i].how == WEIR_FABRIC_REPLIED)
            assert_echoed(&slip[i], text[i]);
    }
    struct weir_fabric_stats stats = stats_of(a);
    assert_int_equal(replied + gone + late, taken);
    assert_int_equal(stats.asked, taken);
    assert_int_equal(stats.replied, replied);
    assert_int_equal(stats.under_way, 0);
    assert_int_equal(stats.rubbish, 0);
    assert_true(replied > taken / 2);
    rig_done(&rig);
}

/* ---- the folder ------------------------------------------------------------------------------ */

static int open_at(struct rig *rig, const char *dir, struct weir_fabric **ret,
                   struct weir_error *err) {
    const struct weir_fabric_conf conf = {.node = "x", .clock = rig->node[0].clock};
    return weir_fabric_open_local(dir, &conf, ret, err);
}

static void test_a_folder_that_is_not_ones_own_is_refused(void **state) {
    struct rig rig;
    struct weir_error err = {0};
    struct weir_fabric *fabric = NULL;
    rig_init(&rig, *state);
    rig_node(&rig, "a");
    const char *dir = test_path(rig.dir, "run");
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(chmod(dir, 0750), 0);
    assert_int_equal(open_at(&rig, dir, &fabric, &err), WEIR_EINVAL);
    test_error_says(&err, "can be entered by others");
    test_error_says(&err, "mode 0700");
    assert_int_equal(chmod(dir, 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(dir, 65534, 65534), 0);
        assert_int_equal(open_at(&rig, dir, &fabric, &err), WEIR_EINVAL);
    } else {
        assert_int_equal(open_at(&rig, "/", &fabric, &err), WEIR_EINVAL);
    }
    test_error_says(&err, "belongs to somebody else");
    assert_null(fabric);
    rig_done(&rig);
}

static void test_a_folder_that_is_a_link_a_file_or_too_deep_is_refused(void **state) {
    struct rig rig;
    struct weir_error err = {0};
    struct weir_fabric *fabric = NULL;
    rig_init(&rig, *state);
    rig_node(&rig, "a");
    const char *link = test_path(rig.dir, "link"), *file = test_path(rig.dir, "file");
    const char *real = test_path(rig.dir, "real");
    assert_int_equal(mkdir(real, 0700), 0);
    assert_int_equal(symlink(real, link), 0);
    assert_int_equal(open_at(&rig, link, &fabric, &err), WEIR_EINVAL);
    test_error_says(&err, "is no folder");
    assert_int_equal(weir_file_write_all(file, "x", 1, NULL), 0);
    assert_int_equal(open_at(&rig, file, &fabric, &err), WEIR_EINVAL);
    test_error_says(&err, "is no folder");
    assert_int_equal(open_at(&rig, test_path(file, "below"), &fabric, &err), WEIR_EEXIST);
    assert_int_equal(open_at(&rig, "", &fabric, &err), WEIR_ENOENT);
    assert_null(fabric);
    /* sockets have short names: nothing can be offered there, though one could look */
    char deep[160];
    snprintf(deep, sizeof deep, "%s/%0100d", rig.dir, 0);
    assert_int_equal(open_at(&rig, deep, &fabric, &err), WEIR_EINVAL);
    test_error_says(&err, "too long");
    assert_null(fabric);
    rig_done(&rig);
}

static void test_the_usual_folder_is_made_for_its_user_alone(void **state) {
    struct rig rig;
    struct weir_error err = {0};
    struct weir_fabric *fabric = NULL;
    struct stat st;
    const char *before = getenv("XDG_RUNTIME_DIR");
    char *kept = before ? strdup(before) : NULL;
    rig_init(&rig, *state);
    rig_node(&rig, "a");
    setenv("XDG_RUNTIME_DIR", rig.dir, 1);
    int rc = open_at(&rig, NULL, &fabric, &err);
    if (kept)
        setenv("XDG_RUNTIME_DIR", kept, 1);
    else
        unsetenv("XDG_RUNTIME_DIR");
    free(kept);
    assert_int_equal(rc, 0);
    weir_fabric_close(fabric);
    assert_int_equal(stat(test_path(rig.dir, "weir"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    rig_done(&rig);
}

static void bind_dead(const char *path) {
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof addr), 0);
    close(fd); /* the file stays */
}

static void test_what_the_dead_left_is_removed_and_what_is_not_ours_stays(void **state) {
    struct rig rig;
    rig_init(&rig, *state);
    const char *dead = test_path(rig.dir, "dead.sock"), *odd = test_path(rig.dir, "o.d.d.sock");
    const char *file = test_path(rig.dir, "notes.txt");
    bind_dead(dead);
    bind_dead(odd);
    assert_int_equal(weir_file_write_all(file, "x", 1, NULL), 0);
    struct node *a = rig_node(&rig, "a");
    AWAIT(&rig, !weir_file_exists(dead) && !exists(&rig, "dead.lock"));
    struct shop shop;
    shop_open(&shop, a, "s", 1, true);
    await_seen(a, "a", "s");
    assert_true(weir_file_exists(odd) && weir_file_exists(file));
    rig_done(&rig);
}

static void test_a_node_takes_the_place_of_a_dead_one_of_its_name(void **state) {
    struct rig rig;
    struct slip slip;
    struct shop shop;
    rig_init(&rig, *state);
    struct node *b = rig_node(&rig, "b"); /* has looked by the time that the dead appear */
    AWAIT(&rig, stats_of(b).peers == 0);
    bind_dead(test_path(rig.dir, "b.sock"));
    bind_dead(test_path(rig.dir, ".b.new"));
    assert_int_equal(weir_file_write_all(test_path(rig.dir, "b.lock"), "", 0, NULL), 0);
    shop_open(&shop, b, "s", 1, true);
    struct node *a = rig_node(&rig, "a");
    await_seen(a, "b", "s");
    struct weir_fabric_client *client = client_of(a, "b", "s");
    assert_int_equal(ask(a, client, &slip, "alive", 0), 0);
    assert_echoed(&slip, "alive");
    rig_done(&rig);
}

/* ---- descriptors --------------------------------------------------------------------------------
 */

static void test_no_descriptor_is_passed_on_to_programs(void **state) {
    struct rig rig;
    struct shop shop;
    struct slip slip;
    rig_init(&rig, *state);
    struct node *a = rig_node(&rig, "a"), *b = rig_node(&rig, "b");
    shop_open(&shop, b, "s", 2, false);
    await_seen(a, "b", "s");
    struct weir_fabric_client *client = client_of(a, "b", "s");
    assert_int_equal(ask(a, client, &slip, "?", 200000), 0);
    struct weir_fabric_request *request = take_held(&shop);
    int ours = 0;
    DIR *list = opendir("/proc/self/fd");
    for (struct dirent *e; (e = readdir(list));) {
        char path[64], target[256] = "";
        int fd = atoi(e->d_name);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        if (fd > 2 && readlink(path, target, sizeof target - 1) > 0 &&
            (strstr(target, "socket:") || strstr(target, "memfd:") ||
             strstr(target, "anon_inode:") || strstr(target, rig.dir))) {
            ours++;
            if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
                fail_msg("%s is passed on", target);
        }
    }
    closedir(list);
    assert_true(ours >= 12);
    answer(request);
    assert_echoed(&slip, "?");
    rig_done(&rig);
}

/* Descriptors that take the place of others. */
struct hoard {
    struct rlimit before;
    int fd[1024], len;
};

/* Leaves room for so many descriptors. */
static void hoard_fill(struct hoard *hoard, int room) {
    struct rlimit now;
    int highest = 0;
    DIR *list = opendir("/proc/self/fd");
    for (struct dirent *e; (e = readdir(list));)
        highest = atoi(e->d_name) > highest ? atoi(e->d_name) : highest;
    closedir(list);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &hoard->before), 0);
    now = hoard->before;
    now.rlim_cur = (rlim_t)(highest + 1 + room);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
    hoard->len = 0;
    for (int fd; hoard->len < 1024 && (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;)
        hoard->fd[hoard->len++] = fd;
    while (room-- > 0)
        close(hoard->fd[--hoard->len]);
}

static void hoard_empty(struct hoard *hoard) {
    while (hoard->len)
        close(hoard->fd[--hoard->len]);
    setrlimit(RLIMIT_NOFILE, &hoard->before);
}

static void test_a_lack_of_descriptors_is_an_error_and_passes(void **state) {
    struct rig rig;
    struct peer peer;
    struct slip slip, held;
    struct weir_error err = {0};
    struct weir_fabric *fabric = NULL;
    rig_init(&rig, *state);
    struct node *a = rig_node(&rig, "a");
    peer_start(&peer, &rig, "b", 4);
    await_seen(a, "b", "echo");
    struct weir_fabric_client *client = client_of(a, "b", "echo");
    struct shop shop;
    shop_open(&shop, a, "s", 2, false);
    await_seen(a, "a", "s");
    struct weir_fabric_client *own = client_of(a, "a", "s");

    struct hoard hoard;
    hoard_fill(&hoard, 0);
    struct weir_fabric_payload *payload = NULL;
    assert_int_equal(weir_fabric_payload_new(a->fabric, 200000, &payload), WEIR_ENOMEM);
    assert_null(payload);
    assert_int_equal(open_at(&rig, rig.dir, &fabric, &err), WEIR_ENOMEM);
    assert_null(fabric);
    assert_int_equal(ask(a, client, &slip, "needs none", 0), 0);
    assert_echoed(&slip, "needs none");
    hoard_empty(&hoard);

    /* One to make the payload with, none to receive it. */
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    shop.gate = &gate;
    pthread_mutex_lock(&gate);
    assert_int_equal(ask(a, own, &slip, "holds up a's thread", 0), 0);
    AWAIT(&rig, stats_of(a).served == 1);
    hoard_fill(&hoard, 1);
    assert_int_equal(ask(a, own, &held, "no room for its payload", 200000), 0);
    hoard.fd[hoard.len++] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(hoard.fd[hoard.len - 1] >= 0);
    pthread_mutex_unlock(&gate);
    assert_ended(&held, WEIR_FABRIC_REFUSED, WEIR_ENOMEM);
    hoard_empty(&hoard);

    answer(take_held(&shop));
    assert_echoed(&slip, "holds up a's thread");
    assert_int_equal(ask(a, own, &held, "room again", 200000), 0);
    answer(take_held(&shop));
    assert_echoed(&held, "room again");
    peer_end(&peer);
    rig_done(&rig);
}

static void test_a_peer_that_cannot_be_let_in_waits_until_there_are_descriptors(void **state) {
    struct rig rig;
    struct shop shop;
    struct slip slip;
    rig_init(&rig, *state);
    struct node *b = rig_node(&rig, "b"), *a = rig_node(&rig, "a");
    AWAIT(&rig, stats_of(a).peers == 0);
    shop_open(&shop, b, "s", 1, true);
    await_seen(b, "b", "s");
    await_seen(a, "b", "s");
    struct node *c = rig_node(&rig, "c");
    await_seen(c, "b", "s");
    node_close(c);
    AWAIT(&rig, stats_of(b).peers == 3); /* both ends to itself, and a */

    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    snprintf(addr.sun_path, sizeof addr.sun_path, "%s/b.sock", rig.dir);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    struct hoard hoard;
    hoard_fill(&hoard, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof addr), 0);
    AWAIT(&rig, strstr(b->trouble, "out of descriptors"));
    struct weir_fabric_client *client = client_of(a, "b", "s");
    assert_int_equal(ask(a, client, &slip, "others go on", 0), 0);
    assert_echoed(&slip, "others go on");
    hoard_empty(&hoard);
    pass(b, 500);
    AWAIT(&rig, stats_of(b).peers == 4);
    close(fd);
    AWAIT(&rig, stats_of(b).peers == 3);
    rig_done(&rig);
}

#define BOTH(name)                                                                                 \
    {#name, name, NULL, NULL, (void *)&inside}, {                                                  \
#name " (memory files)", name, NULL, NULL, (void *)&files                                  \
    }
#define ONE(name)                                                                                  \
    { #name, name, NULL, NULL, (void *)&inside }

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        BOTH(test_a_killed_process_ends_its_asks_at_once_and_its_socket_is_removed),
        BOTH(test_a_restarted_process_is_used_again_by_the_same_client),
        ONE(test_a_process_that_ends_leaves_nothing_in_the_folder),
        ONE(test_a_process_cannot_serve_under_the_name_of_one_that_lives),
        BOTH(test_a_stopped_process_costs_its_window_and_holds_up_nobody),
        ONE(test_a_stopped_process_expires_and_comes_back),
        BOTH(test_every_reply_belongs_to_its_ask_under_kills_stalls_and_restarts),
        ONE(test_a_folder_that_is_not_ones_own_is_refused),
        ONE(test_a_folder_that_is_a_link_a_file_or_too_deep_is_refused),
        ONE(test_the_usual_folder_is_made_for_its_user_alone),
        ONE(test_what_the_dead_left_is_removed_and_what_is_not_ours_stays),
        ONE(test_a_node_takes_the_place_of_a_dead_one_of_its_name),
        ONE(test_no_descriptor_is_passed_on_to_programs),
        ONE(test_a_lack_of_descriptors_is_an_error_and_passes),
        ONE(test_a_peer_that_cannot_be_let_in_waits_until_there_are_descriptors),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The source over RTSP, against a real server (rtsp_server.c) in a child
 * process, and against sockets that are no servers at all.
 * $WEIR_RTSP_SERVER is the server program.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source_test_support.h"

struct camera {
    pid_t pid;
    int port;
};

static const char *server_program(void) {
    const char *program = getenv("WEIR_RTSP_SERVER");
    if (!program || access(program, X_OK)) {
        print_message("# skipped: no RTSP server was built\n");
        skip();
    }
    return program;
}

/* port 0: any. False where it cannot have that port. */
static bool camera_start(struct camera *camera, int port) {
    const char *program = server_program();
    int ends[2];
    char text[16];
    assert_int_equal(pipe(ends), 0);
    snprintf(text, sizeof text, "%d", port);
    camera->pid = fork();
    assert_true(camera->pid >= 0);
    if (!camera->pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(program, program, text, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *out = fdopen(ends[0], "r");
    bool runs = fscanf(out, "%d", &camera->port) == 1;
    fclose(out);
    if (!runs)
        waitpid(camera->pid, NULL, 0);
    return runs;
}

static void camera_end(struct camera *camera) {
    kill(camera->pid, SIGKILL);
    waitpid(camera->pid, NULL, 0);
}

static void rig_camera(struct rig *rig, const struct camera *camera) {
    char url[64];
    snprintf(url, sizeof url, "rtsp://127.0.0.1:%d/cam", camera->port);
    rig_init(rig, url, NULL);
    rig->wf.set.source.reconnect_min_s = 0.02;
    rig->wf.set.source.reconnect_max_s = 0.1;
}

static void fresh_decoder(struct rig *rig) {
    weir_stage_free(rig->decode);
    rig->decode = NULL;
    assert_int_equal(weir_stage_decode.open(&rig->conf, &rig->decode, &rig->err), 0);
}

static void play_some(struct rig *rig) {
    struct play play;
    rig_play(rig, 30, &play);
    if (play.end)
        fail_msg("%s", rig->err.text);
    assert_int_equal(play.in, 30);
    assert_in_range(play.pictures, 15, 30); /* the first may refer to what was before */
    assert_int_equal(play.frame[29].width, 160);
    play_done(&play);
    fresh_decoder(rig);
}

static void test_a_camera_plays(void **state) {
    (void)state;
    static const enum weir_transport transports[] = {WEIR_TRANSPORT_TCP, WEIR_TRANSPORT_UDP};
    struct camera camera;
    assert_true(camera_start(&camera, 0));
    for (int i = 0; i < 2; i++) {
        struct rig rig;
        rig_camera(&rig, &camera);
        rig.wf.set.source.rtsp_transport = transports[i];
        if (rig_open(&rig))
            fail_msg("%s", rig.err.text);
        assert_true(rig.source->live);
        assert_int_equal(rig.source->frames_total, -1);
        play_some(&rig);
        rig_done(&rig);
    }
    camera_end(&camera);
}

static void test_a_camera_that_died_is_found_again(void **state) {
    (void)state;
    struct camera camera, again;
    struct rig rig;
    assert_true(camera_start(&camera, 0));
    rig_camera(&rig, &camera);
    if (rig_open(&rig))
        fail_msg("%s", rig.err.text);
    play_some(&rig);
    camera_end(&camera);
    bool back = false;
    for (int i = 0; i < 50 && !back; i++) /* the port may be held for a moment */
        back = camera_start(&again, camera.port);
    assert_true(back);
    assert_int_equal(again.port, camera.port);
    play_some(&rig);
    rig_done(&rig);
    camera_end(&again);
}

static void test_a_camera_that_hangs_is_picked_up_when_it_goes_on(void **state) {
    (void)state;
    struct camera camera;
    struct rig rig;
    assert_true(camera_start(&camera, 0));
    rig_camera(&rig, &camera);
    rig.wf.set.source.read_timeout_s = 0.3;
    if (rig_open(&rig))
        fail_msg("%s", rig.err.text);
    play_some(&rig);
    kill(camera.pid, SIGSTOP);
    pid_t waker = fork(); /* wakes it after a while; the outcome does not depend on how long */
    if (!waker) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        sleep(1);
        kill(camera.pid, SIGCONT);
        _exit(0);
    }
    play_some(&rig);
    rig_done(&rig);
    waitpid(waker, NULL, 0);
    camera_end(&camera);
}

static void *stop_it(void *arg) {
    weir_stop_request(arg);
    return NULL;
}

static void test_stop_ends_a_read_from_a_camera_that_hangs(void **state) {
    (void)state;
    struct camera camera;
    struct rig rig;
    struct play play;
    pthread_t thread;
    assert_true(camera_start(&camera, 0));
    rig_camera(&rig, &camera);
    rig.wf.set.source.read_timeout_s = 3600;
    if (rig_open(&rig))
        fail_msg("%s", rig.err.text);
    play_some(&rig);
    kill(camera.pid, SIGSTOP);
    assert_int_equal(pthread_create(&thread, NULL, stop_it, &rig.stop), 0);
    rig_play(&rig, -1, &play);
    pthread_join(thread, NULL);
    assert_int_equal(play.end, WEIR_ECANCELED);
    play_done(&play);
    rig_done(&rig);
    camera_end(&camera);
}

static void test_a_path_that_is_not_served_is_refused(void **state) {
    (void)state;
    struct camera camera;
    char url[64];
    assert_true(camera_start(&camera, 0));
    snprintf(url, sizeof url, "rtsp://127.0.0.1:%d/none", camera.port);
    expect_refused(url, WEIR_ENOENT, "404");
    camera_end(&camera);
}

/* Accepts once and sends rubbish until the client has enough. */
static void *talk_rubbish(void *arg) {
    int listener = *(int *)arg;
    char rubbish[4096];
    fill_rubbish(rubbish, sizeof rubbish, 99);
    int fd = accept(listener, NULL, NULL);
    while (fd >= 0 && send(fd, rubbish, sizeof rubbish, MSG_NOSIGNAL) > 0)
        ;
    if (fd >= 0)
        close(fd);
    return NULL;
}

static void test_a_server_that_talks_rubbish_is_refused(void **state) {
    (void)state;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof any;
    struct rig rig;
    pthread_t thread;
    char url[64];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&any, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    getsockname(fd, (struct sockaddr *)&any, &len);
    assert_int_equal(pthread_create(&thread, NULL, talk_rubbish, &fd), 0);
    snprintf(url, sizeof url, "rtsp://127.0.0.1:%d/x", ntohs(any.sin_port));
    rig_init(&rig, url, NULL);
    rig.wf.set.source.open_timeout_s = 1;
    assert_int_not_equal(rig_open(&rig), 0);
    test_error_says(&rig.err, "127.0.0.1");
    rig_done(&rig);
    pthread_join(thread, NULL);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_camera_plays),
        cmocka_unit_test(test_a_camera_that_died_is_found_again),
        cmocka_unit_test(test_a_camera_that_hangs_is_picked_up_when_it_goes_on),
        cmocka_unit_test(test_stop_ends_a_read_from_a_camera_that_hangs),
        cmocka_unit_test(test_a_path_that_is_not_served_is_refused),
        cmocka_unit_test(test_a_server_that_talks_rubbish_is_refused),
    };
    return cmocka_run_group_tests_name("source rtsp", tests, NULL, NULL);
}

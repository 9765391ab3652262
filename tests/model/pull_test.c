/* Downloads from a local HTTP server that behaves well, and badly in every way. */
#include "support/support.h"

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "model/pull.h"

enum { BODY = 300000, CUT = 100000 };

enum way {
    WAY_GOOD,
    WAY_CUT,
    WAY_NO_RANGE,
    WAY_STATUS,
    WAY_STALL,
    WAY_REDIRECT,
    WAY_REDIRECT_FILE,
    WAY_LONG,
    WAY_SHORT,
    WAY_WRONG_RANGE
};

struct server {
    struct MHD_Daemon *daemon;
    unsigned port;
    enum way way;
    unsigned status;
    int requests;
    int ranges; /* how many of them asked for one */
    char body[BODY + 10];
    pthread_mutex_t lock;
    pthread_cond_t over;
    bool stalled_over; /* lets a stalled answer end */
};

struct answer {
    struct server *server;
    size_t from, end; /* of the body; at end the connection is cut */
    enum way way;
};

static ssize_t read_body(void *cls, uint64_t pos, char *buf, size_t max) {
    struct answer *a = cls;
    size_t at = a->from + (size_t)pos;
    if (at >= a->end) {
        if (a->way == WAY_CUT)
            return MHD_CONTENT_READER_END_WITH_ERROR;
        if (a->way == WAY_STALL) {
            /* nothing more, until the test is over; this thread serves one connection */
            pthread_mutex_lock(&a->server->lock);
            while (!a->server->stalled_over)
                pthread_cond_wait(&a->server->over, &a->server->lock);
            pthread_mutex_unlock(&a->server->lock);
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    size_t len = a->end - at < max ? a->end - at : max;
    memcpy(buf, a->server->body + at, len);
    return (ssize_t)len;
}

static void free_answer(void *cls) {
    free(cls);
}

static struct MHD_Response *respond(struct server *s, size_t from, size_t end, size_t declared,
                                    enum way way) {
    struct answer *a = malloc(sizeof *a);
    *a = (struct answer){s, from, end, way};
    return MHD_create_response_from_callback(declared, 16384, read_body, a, free_answer);
}

static enum MHD_Result serve(void *cls, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_len, void **state) {
    (void)method;
    (void)version;
    (void)upload;
    (void)upload_len;
    (void)state;
    struct server *s = cls;
    const char *range = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Range");
    size_t from = 0;
    unsigned status = 200;
    pthread_mutex_lock(&s->lock);
    enum way way = s->way;
    s->requests++;
    s->ranges += range != NULL;
    pthread_mutex_unlock(&s->lock);
    if (range && way != WAY_NO_RANGE && sscanf(range, "bytes=%zu-", &from) == 1)
        status = 206;
    if (from > BODY || (status == 206 && from == BODY)) {
        status = 416;
        from = BODY;
    }

    struct MHD_Response *r;
    char text[128];
    if (way == WAY_STATUS) {
        status = s->status;
        r = MHD_create_response_from_buffer(4, "sad\n", MHD_RESPMEM_PERSISTENT);
    } else if ((way == WAY_REDIRECT || way == WAY_REDIRECT_FILE) && strcmp(url, "/there")) {
        status = 302;
        r = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
        snprintf(text, sizeof text, "http://127.0.0.1:%u/there", s->port);
        MHD_add_response_header(r, "Location", way == WAY_REDIRECT ? text : "file:///etc/hostname");
    } else if (way == WAY_CUT && from == 0) {
        r = respond(s, 0, CUT, BODY, way);
    } else if (way == WAY_STALL) {
        r = respond(s, from, CUT, BODY, way);
    } else if (way == WAY_LONG) {
        r = respond(s, 0, BODY + 10, BODY + 10, way);
    } else if (way == WAY_SHORT) {
        r = respond(s, 0, BODY - 10, BODY - 10, way);
    } else {
        r = respond(s, from, BODY, BODY - from, WAY_GOOD);
    }
    if (status == 206) {
        snprintf(text, sizeof text, "bytes %zu-%d/%d", way == WAY_WRONG_RANGE ? from + 7 : from,
                 BODY - 1, BODY);
        MHD_add_response_header(r, "Content-Range", text);
    }
    enum MHD_Result rc = MHD_queue_response(connection, status, r);
    MHD_destroy_response(r);
    return rc;
}

struct fixture {
    struct server server;
    char *dir;
    char url[64], sha[65];
    struct weir_catalog_entry entry;
    struct weir_error err;
    char *path;
};

static const struct pull_limits quick = {.connect_timeout_s = 5, .stall_timeout_s = 1};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    struct server *s = &f->server;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->over, NULL);
    uint32_t seed = 7;
    for (int i = 0; i < BODY + 10; i++) {
        seed = seed * 1664525U + 1013904223U;
        s->body[i] = (char)(seed >> 24);
    }
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    s->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0,
                                 NULL, NULL, serve, s, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at,
                                 MHD_OPTION_END);
    assert_non_null(s->daemon);
    s->port = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    f->dir = test_scratch();
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%u/m.onnx", s->port);
    const char *whole = test_path(f->dir, "whole");
    assert_int_equal(weir_file_write_all(whole, s->body, BODY, NULL), 0);
    assert_int_equal(weir_sha256_file(whole, f->sha, NULL), 0);
    f->entry = (struct weir_catalog_entry){
        .name = (char *)"tiny", .url = f->url, .sha256 = f->sha, .size_bytes = BODY};
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    pthread_mutex_lock(&f->server.lock);
    f->server.stalled_over = true;
    pthread_cond_broadcast(&f->server.over);
    pthread_mutex_unlock(&f->server.lock);
    if (f->server.daemon)
        MHD_stop_daemon(f->server.daemon);
    pthread_cond_destroy(&f->server.over);
    pthread_mutex_destroy(&f->server.lock);
    test_scratch_remove(f->dir);
    free(f->path);
    free(f);
    return 0;
}

static void behave(struct fixture *f, enum way way) {
    pthread_mutex_lock(&f->server.lock);
    f->server.way = way;
    pthread_mutex_unlock(&f->server.lock);
}

static int requests(struct fixture *f) {
    pthread_mutex_lock(&f->server.lock);
    int n = f->server.requests;
    pthread_mutex_unlock(&f->server.lock);
    return n;
}

static int ranges(struct fixture *f) {
    pthread_mutex_lock(&f->server.lock);
    int n = f->server.ranges;
    pthread_mutex_unlock(&f->server.lock);
    return n;
}

static int pull(struct fixture *f) {
    return pull_with(&f->entry, f->dir, &quick, NULL, NULL, &f->path, &f->err);
}

static void write_in(struct fixture *f, const char *name, const char *data, size_t len) {
    assert_int_equal(weir_file_write_all(test_path(f->dir, name), data, len, NULL), 0);
}

static size_t part_len(struct fixture *f) {
    char *data;
    size_t len;
    if (weir_file_read(test_path(f->dir, "tiny.onnx.part"), BODY * 2, &data, &len, NULL))
        return 0;
    free(data);
    return len;
}

static void assert_pulled(struct fixture *f) {
    char *data;
    size_t len;
    assert_string_equal(f->path, test_path(f->dir, "tiny.onnx"));
    assert_int_equal(weir_file_read(f->path, BODY * 2, &data, &len, NULL), 0);
    assert_int_equal(len, BODY);
    assert_memory_equal(data, f->server.body, BODY);
    free(data);
    assert_false(weir_file_exists(test_path(f->dir, "tiny.onnx.part")));
}

static void assert_nothing_there(struct fixture *f) {
    assert_null(f->path);
    assert_false(weir_file_exists(test_path(f->dir, "tiny.onnx")));
}

/* ---- what works ------------------------------------------------------------- */

static void test_sha256_of_abc_is_the_published_one(void **state) {
    struct fixture *f = *state;
    char hex[65];
    write_in(f, "abc", "abc", 3);
    assert_int_equal(weir_sha256_file(test_path(f->dir, "abc"), hex, NULL), 0);
    /* FIPS 180-2, appendix B.1 */
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_sha256_of_a_missing_file_fails(void **state) {
    struct fixture *f = *state;
    char hex[65];
    assert_int_equal(weir_sha256_file(test_path(f->dir, "none"), hex, &f->err), WEIR_ENOENT);
    test_error_says(&f->err, "none");
}

static void test_model_is_downloaded_and_verified(void **state) {
    struct fixture *f = *state;
    assert_int_equal(pull(f), 0);
    assert_pulled(f);
}

static void test_model_of_unknown_size_is_downloaded(void **state) {
    struct fixture *f = *state;
    f->entry.size_bytes = 0;
    assert_int_equal(pull(f), 0);
    assert_pulled(f);
}

static void test_folder_is_made(void **state) {
    struct fixture *f = *state;
    char *dir = weir_path_join(f->dir, "a/b");
    assert_int_equal(pull_with(&f->entry, dir, &quick, NULL, NULL, &f->path, &f->err), 0);
    free(dir);
    assert_true(weir_file_exists(f->path));
}

static void test_good_file_is_left_alone_without_a_request(void **state) {
    struct fixture *f = *state;
    write_in(f, "tiny.onnx", f->server.body, BODY);
    assert_int_equal(pull(f), 0);
    assert_int_equal(requests(f), 0);
    assert_pulled(f);
}

static void test_bad_file_under_the_name_is_replaced(void **state) {
    struct fixture *f = *state;
    write_in(f, "tiny.onnx", "old", 3);
    assert_int_equal(pull(f), 0);
    assert_pulled(f);
}

static void test_cut_download_is_resumed(void **state) {
    struct fixture *f = *state;
    behave(f, WAY_CUT);
    assert_int_equal(pull(f), WEIR_ECONN);
    assert_nothing_there(f);
    size_t had = part_len(f);
    assert_in_range(had, 1, CUT);
    behave(f, WAY_GOOD);
    assert_int_equal(pull(f), 0);
    assert_int_equal(ranges(f), 1);
    assert_pulled(f);
}

static void test_server_without_ranges_sends_it_all_again(void **state) {
    struct fixture *f = *state;
    write_in(f, "tiny.onnx.part", f->server.body, CUT);
    behave(f, WAY_NO_RANGE);
    assert_int_equal(pull(f), 0);
    assert_pulled(f);
}

static void test_whole_part_is_verified_without_a_request(void **state) {
    struct fixture *f = *state;
    write_in(f, "tiny.onnx.part", f->server.body, BODY);
    assert_int_equal(pull(f), 0);
    assert_int_equal(requests(f), 0);
    assert_pulled(f);
}

static void test_range_past_the_end_begins_anew(void **state) {
    struct fixture *f = *state;
    f->entry.size_bytes = 0;
    write_in(f, "tiny.onnx.part", f->server.body, BODY + 5);
    assert_int_equal(pull(f), 0);
    assert_int_equal(requests(f), 2);
    assert_pulled(f);
}

static void test_redirect_is_followed(void **state) {
    struct fixture *f = *state;
    behave(f, WAY_REDIRECT);
    assert_int_equal(pull(f), 0);
    assert_int_equal(requests(f), 2);
    assert_pulled(f);
}

struct seen {
    int64_t done, total;
    int64_t cancel_at;
};

static int watch(int64_t done, int64_t total, void *arg) {
    struct seen *seen = arg;
    assert_true(done >= seen->done);
    seen->done = done;
    seen->total = total;
    return seen->cancel_at >= 0 && done >= seen->cancel_at;
}

static void test_progress_ends_at_the_total(void **state) {
    struct fixture *f = *state;
    struct seen seen = {.cancel_at = -1};
    assert_int_equal(pull_with(&f->entry, f->dir, &quick, watch, &seen, &f->path, &f->err), 0);
    assert_int_equal(seen.done, BODY);
    assert_int_equal(seen.total, BODY);
}

/* ---- what does not ----------------------------------------------------------- */

static void test_cancel_keeps_the_part(void **state) {
    struct fixture *f = *state;
    struct seen seen = {.cancel_at = 1};
    assert_int_equal(pull_with(&f->entry, f->dir, &quick, watch, &seen, &f->path, &f->err),
                     WEIR_ECANCELED);
    test_error_says(&f->err, "canceled");
    assert_nothing_there(f);
    assert_true(weir_file_exists(test_path(f->dir, "tiny.onnx.part")));
}

static void test_wrong_checksum_removes_the_part(void **state) {
    struct fixture *f = *state;
    f->sha[0] = f->sha[0] == 'a' ? 'b' : 'a';
    assert_int_equal(pull(f), WEIR_ECORRUPT);
    test_error_says(&f->err, "SHA-256");
    test_error_says(&f->err, f->url);
    assert_nothing_there(f);
    assert_false(weir_file_exists(test_path(f->dir, "tiny.onnx.part")));
}

static void test_rotten_part_is_found_out_and_removed(void **state) {
    struct fixture *f = *state;
    write_in(f, "tiny.onnx.part", "rotten", 6);
    assert_int_equal(pull(f), WEIR_ECORRUPT);
    assert_false(weir_file_exists(test_path(f->dir, "tiny.onnx.part")));
    assert_int_equal(pull(f), 0);
    assert_pulled(f);
}

static void test_too_long_body_is_not_kept(void **state) {
    struct fixture *f = *state;
    behave(f, WAY_LONG);
    assert_int_equal(pull(f), WEIR_ECORRUPT);
    test_error_says(&f->err, "longer than");
    assert_nothing_there(f);
    assert_false(weir_file_exists(test_path(f->dir, "tiny.onnx.part")));
}

static void test_too_short_body_is_not_kept(void **state) {
    struct fixture *f = *state;
    behave(f, WAY_SHORT);
    assert_int_equal(pull(f), WEIR_ECORRUPT);
    test_error_says(&f->err, "expected 300000");
    assert_nothing_there(f);
}

static void test_answer_of_another_range_is_not_joined_on(void **state) {
    struct fixture *f = *state;
    write_in(f, "tiny.onnx.part", f->server.body, CUT);
    behave(f, WAY_WRONG_RANGE);
    assert_int_equal(pull(f), 0);
    assert_int_equal(requests(f), 2); /* the second without a range */
    assert_int_equal(ranges(f), 1);
    assert_pulled(f);
}

static void test_missing_file_is_named(void **state) {
    struct fixture *f = *state;
    f->server.status = 404;
    behave(f, WAY_STATUS);
    assert_int_equal(pull(f), WEIR_ENOENT);
    test_error_says(&f->err, "404");
    test_error_says(&f->err, f->url);
    assert_nothing_there(f);
}

static void test_server_error_is_named_and_keeps_the_part(void **state) {
    struct fixture *f = *state;
    write_in(f, "tiny.onnx.part", f->server.body, CUT);
    f->server.status = 500;
    behave(f, WAY_STATUS);
    assert_int_equal(pull(f), WEIR_EIO);
    test_error_says(&f->err, "500");
    assert_int_equal(part_len(f), CUT);
}

static void test_stalled_server_times_out_and_keeps_the_part(void **state) {
    struct fixture *f = *state;
    behave(f, WAY_STALL);
    assert_int_equal(pull(f), WEIR_ETIMEDOUT);
    assert_nothing_there(f);
    assert_in_range(part_len(f), 1, CUT);
}

static void test_redirect_to_a_local_file_is_refused(void **state) {
    struct fixture *f = *state;
    behave(f, WAY_REDIRECT_FILE);
    assert_int_equal(pull(f), WEIR_EIO);
    test_error_says(&f->err, "http");
    assert_nothing_there(f);
}

static void test_local_file_url_is_refused(void **state) {
    struct fixture *f = *state;
    f->entry.url = (char *)"file:///etc/hostname";
    assert_int_equal(pull(f), WEIR_EIO);
    assert_nothing_there(f);
}

static void test_closed_port_is_a_failed_connection(void **state) {
    struct fixture *f = *state;
    MHD_stop_daemon(f->server.daemon);
    f->server.daemon = NULL;
    assert_int_equal(pull(f), WEIR_ECONN);
    test_error_says(&f->err, f->url);
    assert_nothing_there(f);
}

static void test_name_with_a_path_in_it_is_refused(void **state) {
    struct fixture *f = *state;
    static const char *const bad[] = {"../up", "a/b", "..", "", ".hidden", "a..b"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        f->entry.name = (char *)bad[i];
        assert_int_equal(pull(f), WEIR_EINVAL);
    }
    assert_int_equal(requests(f), 0);
}

static void test_unwritable_folder_is_an_error(void **state) {
    struct fixture *f = *state;
    write_in(f, "file", "x", 1);
    assert_int_not_equal(
        pull_with(&f->entry, test_path(f->dir, "file"), &quick, NULL, NULL, &f->path, &f->err), 0);
    assert_int_equal(requests(f), 0);
}

static void test_full_disk_is_said(void **state) {
    struct fixture *f = *state;
    struct rlimit was, small;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    small = was;
    small.rlim_cur = CUT;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int rc = pull(f);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(rc, WEIR_ENOSPC);
    assert_nothing_there(f);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_sha256_of_abc_is_the_published_one),
        T(test_sha256_of_a_missing_file_fails),
        T(test_model_is_downloaded_and_verified),
        T(test_model_of_unknown_size_is_downloaded),
        T(test_folder_is_made),
        T(test_good_file_is_left_alone_without_a_request),
        T(test_bad_file_under_the_name_is_replaced),
        T(test_cut_download_is_resumed),
        T(test_server_without_ranges_sends_it_all_again),
        T(test_whole_part_is_verified_without_a_request),
        T(test_range_past_the_end_begins_anew),
        T(test_redirect_is_followed),
        T(test_progress_ends_at_the_total),
        T(test_cancel_keeps_the_part),
        T(test_wrong_checksum_removes_the_part),
        T(test_rotten_part_is_found_out_and_removed),
        T(test_too_long_body_is_not_kept),
        T(test_too_short_body_is_not_kept),
        T(test_answer_of_another_range_is_not_joined_on),
        T(test_missing_file_is_named),
        T(test_server_error_is_named_and_keeps_the_part),
        T(test_stalled_server_times_out_and_keeps_the_part),
        T(test_redirect_to_a_local_file_is_refused),
        T(test_local_file_url_is_refused),
        T(test_closed_port_is_a_failed_connection),
        T(test_name_with_a_path_in_it_is_refused),
        T(test_unwritable_folder_is_an_error),
        T(test_full_disk_is_said),
    };
    return cmocka_run_group_tests_name("pull", tests, NULL, NULL);
}

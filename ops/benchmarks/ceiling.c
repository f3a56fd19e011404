/* The ceiling: the product's own Lua scripts, driven as hard as one C client can.
 *
 *   ceiling drain  --port P --scripts DIR [--tasks N] [--batch 16] [--window 4]
 *   ceiling create --port P --scripts DIR [--tasks N] [--payload-bytes 200] [--window 1000]
 *   ceiling bulk   --port P --scripts DIR [--tasks N] [--payload-bytes 200] [--batch 1000] [--window 4]
 *   ceiling plain-drain  --port P [--tasks N] [--window 32]
 *   ceiling plain-create --port P [--tasks N] [--payload-bytes 200] [--window 1000]
 *
 * The scripts are the files that `taskqueue-bench scripts --out DIR` writes. `drain` takes what `taskqueue-bench fill` put
 * into the queue `bench` and acknowledges each task it took; `create` and `bulk` empty the database first. One line of
 * figures is printed, as taskqueue-bench prints it. Exits 1 when a reply is not the expected one: then there is no figure.
 *
 * The plain ones do with one script a task and no fencing what spec 3.1 and 3.2 ask for, as Go's asynq does: their figures
 * tell how this machine compares with another on which asynq was measured.
 *
 * How each script is called stands in one function here: send_dequeue, send_done, send_create, send_bulk.
 */
#include <hiredis/hiredis.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define QUEUE "bench"
#define PREFIX "asynq:{" QUEUE "}:"
#define PRIVATE "schedcu:{" QUEUE "}:"
#define MAX_ARGUMENTS 8192

static redisContext *redis;
static const char *scripts_folder;
static long tasks = 50000, payload_bytes = 200, batch = 0, window = 0, port = 6379;
static char *payload;

static void fail(const char *what, const char *why) {
    fprintf(stderr, "ceiling: error: %s: %s\n", what, why);
    exit(1);
}

static double seconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- commands */

static const char *argument[MAX_ARGUMENTS];
static size_t length[MAX_ARGUMENTS];
static int count;

static void begin(void) { count = 0; }

static void bytes(const char *data, size_t size) {
    if (count == MAX_ARGUMENTS) fail("a command", "too many arguments");
    argument[count] = data;
    length[count++] = size;
}

static void text(const char *data) { bytes(data, strlen(data)); }

/* Appends the command to hiredis's output, which copies it; it is written when a reply is next waited for. */
static void send_command(void) {
    if (redisAppendCommandArgv(redis, count, argument, length) != REDIS_OK) fail("a command", redis->errstr);
}

static redisReply *next_reply(void) {
    redisReply *reply = NULL;
    if (redisGetReply(redis, (void **)&reply) != REDIS_OK || reply == NULL) fail("a reply", redis->errstr);
    if (reply->type == REDIS_REPLY_ERROR) fail("a reply", reply->str);
    return reply;
}

/* CPU time that Redis has used so far, user and system, in seconds. */
static double redis_seconds(void) {
    begin();
    text("INFO"), text("cpu");
    send_command();
    redisReply *reply = next_reply();
    const char *user_text = strstr(reply->str, "used_cpu_user:"), *sys_text = strstr(reply->str, "used_cpu_sys:");
    if (user_text == NULL || sys_text == NULL) fail("INFO cpu", "has no used_cpu_user or used_cpu_sys");
    double user = atof(user_text + strlen("used_cpu_user:"));
    double sys = atof(sys_text + strlen("used_cpu_sys:"));
    freeReplyObject(reply);
    return user + sys;
}

static void expect_integer(long long wanted, const char *what) {
    redisReply *reply = next_reply();
    if (reply->type != REDIS_REPLY_INTEGER || reply->integer != wanted) fail(what, "not the expected answer");
    freeReplyObject(reply);
}

/* No position named: every task of the call went through. */
static void expect_empty(const char *what) {
    redisReply *reply = next_reply();
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 0) fail(what, "not the expected answer");
    freeReplyObject(reply);
}

/* Loads a script and copies its digest. */
static void load_source(const char *name, const char *source, size_t size, char digest[41]) {
    begin();
    text("SCRIPT"), text("LOAD"), bytes(source, size);
    send_command();
    redisReply *reply = next_reply();
    if (reply->type != REDIS_REPLY_STRING || reply->len != 40) fail(name, "was not loaded");
    memcpy(digest, reply->str, 41);
    freeReplyObject(reply);
}

/* Loads DIR/<name>.lua. */
static void load(const char *name, char digest[41]) {
    char path[4096];
    if (scripts_folder == NULL) fail("usage", "--scripts is missing");
    snprintf(path, sizeof path, "%s/%s.lua", scripts_folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail(path, "cannot be read");
    static char source[65536];
    size_t size = fread(source, 1, sizeof source, file);
    fclose(file);
    load_source(path, source, size, digest);
}

/* ---- one function a script: its KEYS and ARGV, as its doc comment in Sources/TaskQueue/Broker names them */

static char dequeue_digest[41], done_digest[41], create_digest[41];
static char processed_day[64], expiry[24], lease_end[24], now_ns[24], now_text[24], batch_text[16];

/* What stays the same for a whole run. */
static void set_times(void) {
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(processed_day, sizeof processed_day, PREFIX "processed:%Y-%m-%d", &utc);
    snprintf(expiry, sizeof expiry, "%lld", (long long)now + 90 * 86400);
    snprintf(lease_end, sizeof lease_end, "%lld", (long long)now + 30);
    snprintf(now_text, sizeof now_text, "%lld", (long long)now);
    snprintf(now_ns, sizeof now_ns, "%lld000000000", (long long)now);
    snprintf(batch_text, sizeof batch_text, "%ld", batch);
}

/* As long as the product's: host:pid:uuid|uuid. */
#define OWNER "localhost:12345:4f1c0f0e-52a4-4f6a-9a30-8d3f1d1b7a11|9b7f3c52-0d5e-4a34-8f51-21a9c0f4e6d2"

/* How many values dequeue answers for each task: id, message, deliveries, crashes, options. */
enum { FIELDS = 5 };

/* dequeue: KEYS pending, paused, active, lease, limits, rate · ARGV how many, lease end, task prefix, worker id|run
 * token, now.
 * Answers id, message, deliveries and crashes of each task. */
static void send_dequeue(void) {
    begin();
    text("EVALSHA"), text(dequeue_digest), text("6");
    text(PREFIX "pending"), text(PREFIX "paused"), text(PREFIX "active"), text(PREFIX "lease");
    text(PRIVATE "limits"), text(PRIVATE "rate");
    text(batch_text), text(lease_end), text(PREFIX "t:");
    text(OWNER), text(now_text);
    send_command();
}

/* done: KEYS active, lease, processed:day, processed, then each task's key · ARGV expiry, then id, owner and message of each.
 * Acknowledges all that one dequeue brought; the owner of the n-th is the dequeue's last argument and `.n`, n from 1. */
static void send_done(const redisReply *taken) {
    static char task[64][256], owner[64][256], keys[16];
    size_t tasks_taken = taken->elements / FIELDS;
    if (tasks_taken > 64) fail("done", "too many tasks at once");
    snprintf(keys, sizeof keys, "%zu", 4 + tasks_taken);
    begin();
    text("EVALSHA"), text(done_digest), text(keys);
    text(PREFIX "active"), text(PREFIX "lease"), text(processed_day), text(PREFIX "processed");
    for (size_t n = 0; n < tasks_taken; n++) {
        int size = snprintf(task[n], sizeof task[n], PREFIX "t:%s", taken->element[FIELDS * n]->str);
        bytes(task[n], (size_t)size);
    }
    text(expiry);
    for (size_t n = 0; n < tasks_taken; n++) {
        const redisReply *id = taken->element[FIELDS * n], *message = taken->element[FIELDS * n + 1];
        snprintf(owner[n], sizeof owner[n], OWNER ".%zu", n + 1);
        bytes(id->str, id->len), text(owner[n]), bytes(message->str, message->len);
    }
    send_command();
}

static size_t put(char *out, size_t at, int field, const char *data, size_t size) {
    out[at++] = (char)(field << 3 | 2);
    size_t rest = size;
    do out[at++] = (char)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    while (rest >>= 7);
    memcpy(out + at, data, size);
    return at + size;
}

/* A TaskMessage of type, payload, id and queue, retry 25, timeout 1800 s. */
static size_t compose(char *out, const char *id) {
    size_t at = put(out, 0, 1, "bench:task", 10);
    if (payload_bytes > 0) at = put(out, at, 2, payload, (size_t)payload_bytes);
    at = put(out, at, 3, id, strlen(id));
    at = put(out, at, 4, QUEUE, strlen(QUEUE));
    memcpy(out + at, "\x28\x19\x40\x88\x0e", 5);
    return at + 5;
}

/* create: KEYS task, pending, groups · ARGV id, message, state, now in ns, group (none). */
static void send_create(long number) {
    static char *message;
    if (message == NULL) message = malloc((size_t)payload_bytes + 256);
    char id[64], task[128];
    snprintf(id, sizeof id, "4f1c0f0e-52a4-4f6a-9a30-%012ld", number);
    snprintf(task, sizeof task, PREFIX "t:%s", id);
    size_t size = compose(message, id);
    begin();
    text("EVALSHA"), text(create_digest), text("3");
    text(task), text(PREFIX "pending"), text(PREFIX "groups");
    text(id), bytes(message, size), text("pending"), text(now_ns), text("");
    send_command();
}

/* enqueue: KEYS pending, then each task's key · ARGV now in ns, then id and message of each. Answers the taken ids' positions.
 * A batch goes out in calls of BULK_CALL tasks, as the product's does. Returns how many replies will come. */
#define BULK_CALL 50
static long send_bulk(long first, long how_many) {
    static char id[BULK_CALL][64], task[BULK_CALL][128], keys[16];
    static char *message[BULK_CALL];
    size_t size[BULK_CALL];
    long calls = 0;
    for (long start = first; start < first + how_many; start += BULK_CALL, calls++) {
        long end = start + BULK_CALL < first + how_many ? start + BULK_CALL : first + how_many;
        snprintf(keys, sizeof keys, "%ld", 1 + end - start);
        begin();
        text("EVALSHA"), text(create_digest), text(keys), text(PREFIX "pending");
        for (long n = 0; n < end - start; n++) {
            if (message[n] == NULL) message[n] = malloc((size_t)payload_bytes + 256);
            snprintf(id[n], sizeof id[n], "4f1c0f0e-52a4-4f6a-9a30-%012ld", start + n);
            snprintf(task[n], sizeof task[n], PREFIX "t:%s", id[n]);
            size[n] = compose(message[n], id[n]);
            text(task[n]);
        }
        text(now_ns);
        for (long n = 0; n < end - start; n++) text(id[n]), bytes(message[n], size[n]);
        send_command();
    }
    return calls;
}

/* ---- plain scripts: spec 3.1 (enqueue) and 3.2 (dequeue, done) in words of our own */

static const char plain_create_source[] =
    "local known = redis.call('EXISTS', KEYS[1]) "
    "if known == 0 then "
    "redis.call('HSET', KEYS[1], 'msg', ARGV[1], 'state', 'pending', 'pending_since', ARGV[3]) "
    "redis.call('LPUSH', KEYS[2], ARGV[2]) end "
    "return 1 - known";

static const char plain_dequeue_source[] =
    "local id = redis.call('EXISTS', KEYS[2]) == 0 and redis.call('RPOPLPUSH', KEYS[1], KEYS[3]) "
    "if not id then return false end "
    "local task = ARGV[2] .. id "
    "redis.call('HSET', task, 'state', 'active') "
    "redis.call('HDEL', task, 'pending_since') "
    "redis.call('ZADD', KEYS[4], ARGV[1], id) "
    "return redis.call('HGET', task, 'msg')";

static const char plain_done_source[] =
    "if redis.call('LREM', KEYS[1], 0, ARGV[1]) + redis.call('ZREM', KEYS[2], ARGV[1]) + redis.call('DEL', KEYS[3]) < 3 then "
    "return 0 end "
    "if redis.call('INCR', KEYS[4]) == 1 then redis.call('EXPIREAT', KEYS[4], ARGV[2]) end "
    "if redis.call('GET', KEYS[5]) == ARGV[3] then redis.call('SET', KEYS[5], 1) else redis.call('INCR', KEYS[5]) end "
    "return 1";

static int is_plain;

static void send_plain_create(long number) {
    static char *message;
    if (message == NULL) message = malloc((size_t)payload_bytes + 256);
    char id[64], task[128];
    snprintf(id, sizeof id, "4f1c0f0e-52a4-4f6a-9a30-%012ld", number);
    snprintf(task, sizeof task, PREFIX "t:%s", id);
    size_t size = compose(message, id);
    begin();
    text("EVALSHA"), text(create_digest), text("2"), text(task), text(PREFIX "pending");
    bytes(message, size), text(id), text(now_ns);
    send_command();
}

static void send_plain_dequeue(void) {
    begin();
    text("EVALSHA"), text(dequeue_digest), text("4");
    text(PREFIX "pending"), text(PREFIX "paused"), text(PREFIX "active"), text(PREFIX "lease");
    text(lease_end), text(PREFIX "t:");
    send_command();
}

static void send_plain_done(const char *id, size_t id_size) {
    char task[256];
    int size = snprintf(task, sizeof task, PREFIX "t:%.*s", (int)id_size, id);
    begin();
    text("EVALSHA"), text(done_digest), text("5");
    text(PREFIX "active"), text(PREFIX "lease"), bytes(task, (size_t)size), text(processed_day), text(PREFIX "processed");
    bytes(id, id_size), text(expiry), text("9223372036854775807");
    send_command();
}

/* Finds field 3, the id, in a TaskMessage whose first fields are length-delimited. */
static const char *id_in(const char *message, size_t size, size_t *id_size) {
    size_t at = 0;
    while (at < size) {
        int field = (unsigned char)message[at] >> 3, type = message[at] & 7;
        size_t shift = 0, found = 0;
        at++;
        if (type != 2) break;
        do found |= (size_t)(message[at] & 0x7f) << shift, shift += 7;
        while (at < size && message[at++] & 0x80);
        if (found > size - at) break;
        if (field == 3) {
            *id_size = found;
            return message + at;
        }
        at += found;
    }
    fail("a message", "has no id");
    return NULL;
}

/* ---- measurements */

/* Keeps `window` dequeues under way; what one brings is acknowledged at once, and the next is sent behind it. */
static long drain(void) {
    load("dequeue", dequeue_digest);
    load("done", done_digest);
    /* Replies come in order: the queue of what they answer, 'd' for a dequeue, 'a' for an acknowledgement. */
    size_t capacity = (size_t)(window * (batch + 1) * 4), head = 0, tail = 0;
    char *waiting = malloc(capacity);
    long done = 0;
    for (long n = 0; n < window; n++) send_dequeue(), waiting[tail++ % capacity] = 'd';
    while (head != tail) {
        if (waiting[head++ % capacity] == 'a') {
            expect_empty("done");
            continue;
        }
        redisReply *taken = next_reply();
        if (taken->type != REDIS_REPLY_ARRAY || taken->elements % FIELDS != 0) fail("dequeue", "not the expected answer");
        if (taken->elements > 0) {
            send_done(taken), waiting[tail++ % capacity] = 'a';
            send_dequeue(), waiting[tail++ % capacity] = 'd';
            done += (long)taken->elements / FIELDS;
        }
        freeReplyObject(taken);
    }
    free(waiting);
    return done;
}

/* The same with one task a call: `window` tasks under way. */
static long plain_drain(void) {
    load_source("dequeue", plain_dequeue_source, sizeof plain_dequeue_source - 1, dequeue_digest);
    load_source("done", plain_done_source, sizeof plain_done_source - 1, done_digest);
    size_t capacity = (size_t)window * 8, head = 0, tail = 0;
    char *waiting = malloc(capacity);
    long done = 0;
    for (long n = 0; n < window; n++) send_plain_dequeue(), waiting[tail++ % capacity] = 'd';
    while (head != tail) {
        if (waiting[head++ % capacity] == 'a') {
            expect_integer(1, "done");
            done++;
            continue;
        }
        redisReply *message = next_reply();
        if (message->type == REDIS_REPLY_STRING) {
            size_t size = 0;
            const char *id = id_in(message->str, message->len, &size);
            send_plain_done(id, size), waiting[tail++ % capacity] = 'a';
            send_plain_dequeue(), waiting[tail++ % capacity] = 'd';
        }
        freeReplyObject(message);
    }
    free(waiting);
    return done;
}

static long create(void) {
    if (is_plain) load_source("create", plain_create_source, sizeof plain_create_source - 1, create_digest);
    else load("create", create_digest);
    long sent = 0, answered = 0;
    while (answered < tasks) {
        while (sent < tasks && sent - answered < window) is_plain ? send_plain_create(sent++) : send_create(sent++);
        for (long n = 0; n < (window + 1) / 2 && answered < sent; n++) expect_integer(1, "create"), answered++;
    }
    return answered;
}

static long bulk(void) {
    load("enqueue", create_digest);
    long sent = 0, under_way = 0;
    while (sent < tasks || under_way > 0) {
        while (sent < tasks && under_way * BULK_CALL < window * batch) {
            long size = tasks - sent < batch ? tasks - sent : batch;
            under_way += send_bulk(sent, size);
            sent += size;
        }
        expect_empty("bulk create"), under_way--;
    }
    return sent;
}

static void empty_database(void) {
    begin();
    text("FLUSHDB");
    send_command();
    freeReplyObject(next_reply());
    begin();
    text("SADD"), text("asynq:queues"), text(QUEUE);
    send_command();
    freeReplyObject(next_reply());
}

int main(int argc, char **argv) {
    if (argc < 2) fail("usage", "ceiling drain|create|bulk|plain-drain|plain-create --port P --scripts DIR [--tasks N] [--payload-bytes N] [--batch N] [--window N]");
    for (int n = 2; n + 1 < argc; n += 2) {
        char *value = argv[n + 1];
        if (!strcmp(argv[n], "--scripts")) scripts_folder = value;
        else if (!strcmp(argv[n], "--port")) port = atol(value);
        else if (!strcmp(argv[n], "--tasks")) tasks = atol(value);
        else if (!strcmp(argv[n], "--payload-bytes")) payload_bytes = atol(value);
        else if (!strcmp(argv[n], "--batch")) batch = atol(value);
        else if (!strcmp(argv[n], "--window")) window = atol(value);
        else fail("unknown option", argv[n]);
    }
    is_plain = !strncmp(argv[1], "plain-", 6);
    const char *what = argv[1] + (is_plain ? 6 : 0);
    int is_drain = !strcmp(what, "drain"), is_create = !strcmp(what, "create");
    if (!is_drain && !is_create && (is_plain || strcmp(what, "bulk"))) fail("no such measurement", argv[1]);
    if (batch <= 0) batch = is_plain ? 1 : is_drain ? 16 : 1000;
    if (window <= 0) window = is_drain ? (is_plain ? 32 : 4) : is_create ? 1000 : 4;
    payload = malloc((size_t)payload_bytes + 1);
    memset(payload, 'x', (size_t)payload_bytes);
    redis = redisConnect("127.0.0.1", (int)port);
    if (redis == NULL || redis->err) fail("connect", redis ? redis->errstr : "no memory");
    set_times();
    if (!is_drain) empty_database();
    double redis_cpu = redis_seconds();
    double began = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    long done = is_drain ? (is_plain ? plain_drain() : drain()) : is_create ? create() : bulk();
    double took = seconds(CLOCK_MONOTONIC) - began;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    redis_cpu = redis_seconds() - redis_cpu;
    if (done != tasks) fail(argv[1], "not as many tasks as were asked for");
    printf("%s-ceiling tasks=%ld batch=%ld window=%ld seconds=%.3f tasks_per_s=%.0f cpu_us_per_task=%.2f redis_us_per_task=%.2f\n",
           argv[1], tasks, batch, window, took, (double)tasks / took, cpu * 1e6 / (double)tasks, redis_cpu * 1e6 / (double)tasks);
    redisFree(redis);
    return 0;
}

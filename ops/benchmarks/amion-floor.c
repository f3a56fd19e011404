// amion-floor FILE [RUNS]: what reading a month page costs at least when libxml2 parses it.
//
// libxml2's HTML push parser gets the page in pieces of 16 KiB, told that it is UTF-8. Its SAX callbacks gather the texts of
// each row's cells; a row behind the header becomes a record of a date, two times and copies of three texts, unless an equal
// one came before. Spans, nested tables, other columns, encodings, limits and bad rows are not looked at. Prints one line for
// each run in this process: rows, and wall and CPU time in nanoseconds.
#include <fcntl.h>
#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 16384, COLUMNS = 7, ROW = 4096, SLOTS = 16384 };

static void die(const char *what) {
    fprintf(stderr, "amion-floor: error: %s\n", what);
    exit(1);
}

struct record {
    int date, start, end;
    char *role, *location, *name;
};

struct state {
    const xmlChar *tr, *td, *th; // interned, so that a comparison of names is one of pointers
    char row[ROW];
    int used, cells, ends[COLUMNS], in_cell, has_header;
    struct record *records;
    size_t count, capacity, duplicates;
    uint32_t slots[SLOTS]; // places of records, from 1, by hash
};

static int digits(const char *text, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + text[i] - '0';
    }
    return value;
}

static int clock_time(const char *text, int length) {
    if (length != 5 || text[2] != ':') return -1;
    int hour = digits(text, 2), minute = digits(text + 3, 2);
    return hour < 0 || hour > 23 || minute < 0 || minute > 59 ? -1 : hour * 60 + minute;
}

static char *copy(const char *text, int length) {
    char *copy = malloc((size_t)length + 1);
    if (!copy) die("no memory");
    memcpy(copy, text, (size_t)length);
    copy[length] = 0;
    return copy;
}

static uint64_t hash(uint64_t hash, const char *text, int length) {
    for (int i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3;
    return hash;
}

static void end_row(struct state *state) {
    if (!state->has_header) {
        state->has_header = state->cells == COLUMNS;
        return;
    }
    if (state->cells < COLUMNS) return;
    const char *text[COLUMNS];
    int length[COLUMNS];
    for (int i = 0, start = 0; i < COLUMNS; start = state->ends[i++]) {
        text[i] = state->row + start;
        length[i] = state->ends[i] - start;
        while (length[i] > 0 && (unsigned char)*text[i] <= ' ') text[i]++, length[i]--;
        while (length[i] > 0 && (unsigned char)text[i][length[i] - 1] <= ' ') length[i]--;
    }
    if (length[0] != 10 || text[0][4] != '-' || text[0][7] != '-') return;
    int year = digits(text[0], 4), month = digits(text[0] + 5, 2), day = digits(text[0] + 8, 2);
    int start = clock_time(text[2], length[2]), end = clock_time(text[3], length[3]);
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31 || start < 0 || end < 0) return;
    struct record record = {(year * 12 + month) * 31 + day, start, end, NULL, NULL, NULL};
    uint64_t key = hash(hash(hash(0xcbf29ce484222325, text[1], length[1]), text[4], length[4]), text[6], length[6]);
    key = hash(key, (const char *)&record, 3 * sizeof(int));
    uint32_t slot = (uint32_t)(key ^ key >> 32) % SLOTS;
    for (; state->slots[slot]; slot = (slot + 1) % SLOTS) {
        struct record *other = &state->records[state->slots[slot] - 1];
        if (other->date == record.date && other->start == start && other->end == end &&
            !strncmp(other->role, text[1], (size_t)length[1]) && !other->role[length[1]] &&
            !strncmp(other->location, text[4], (size_t)length[4]) && !other->location[length[4]] &&
            !strncmp(other->name, text[6], (size_t)length[6]) && !other->name[length[6]]) {
            state->duplicates++;
            return;
        }
    }
    record.role = copy(text[1], length[1]);
    record.location = copy(text[4], length[4]);
    record.name = copy(text[6], length[6]);
    if (state->count == state->capacity) {
        state->capacity = state->capacity ? 2 * state->capacity : 64;
        state->records = realloc(state->records, state->capacity * sizeof record);
        if (!state->records) die("no memory");
    }
    if (state->count >= SLOTS / 2) die("too many rows");
    state->records[state->count++] = record;
    state->slots[slot] = (uint32_t)state->count;
}

static void start(void *user, const xmlChar *name, const xmlChar **attributes) {
    struct state *state = user;
    (void)attributes;
    if (name == state->tr) {
        state->used = state->cells = 0;
    } else if (name == state->td || name == state->th) {
        state->in_cell = state->cells < COLUMNS;
    }
}

static void end(void *user, const xmlChar *name) {
    struct state *state = user;
    if (name == state->tr) {
        end_row(state);
    } else if ((name == state->td || name == state->th) && state->in_cell) {
        state->ends[state->cells++] = state->used;
        state->in_cell = 0;
    }
}

static void text(void *user, const xmlChar *start, int count) {
    struct state *state = user;
    if (!state->in_cell) return;
    if (count > ROW - state->used) die("a row is too long");
    memcpy(state->row + state->used, start, (size_t)count);
    state->used += count;
}

static void none(void *user, const xmlChar *start, int count) { (void)user, (void)start, (void)count; }

static int64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void parse(const char *bytes, size_t size, struct state *state) {
    xmlSAXHandler handler = {.initialized = XML_SAX2_MAGIC, .startElement = start, .endElement = end, .characters = text,
                             .ignorableWhitespace = text, .cdataBlock = none};
    htmlParserCtxtPtr context = htmlCreatePushParserCtxt(&handler, state, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
    if (!context) die("no parser");
    htmlCtxtUseOptions(context, HTML_PARSE_IGNORE_ENC | HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
    xmlSwitchEncoding(context, XML_CHAR_ENCODING_UTF8);
    state->tr = xmlDictLookup(context->dict, BAD_CAST "tr", -1);
    state->td = xmlDictLookup(context->dict, BAD_CAST "td", -1);
    state->th = xmlDictLookup(context->dict, BAD_CAST "th", -1);
    for (size_t at = 0; at < size; at += PIECE)
        htmlParseChunk(context, bytes + at, (int)(size - at < PIECE ? size - at : PIECE), 0);
    htmlParseChunk(context, NULL, 0, 1);
    htmlFreeParserCtxt(context);
}

int main(int count, char **arguments) {
    if (count < 2) die("usage: amion-floor FILE [RUNS]");
    int file = open(arguments[1], O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) die("the file cannot be opened");
    char *bytes = malloc((size_t)status.st_size);
    if (!bytes || read(file, bytes, (size_t)status.st_size) != status.st_size) die("the file cannot be read");
    for (int runs = count > 2 ? atoi(arguments[2]) : 1; runs > 0; runs--) {
        int64_t wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
        struct state *state = calloc(1, sizeof *state);
        if (!state) die("no memory");
        parse(bytes, (size_t)status.st_size, state);
        wall = now(CLOCK_MONOTONIC) - wall;
        cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        printf("rows=%zu duplicates=%zu wall_ns=%lld cpu_ns=%lld\n", state->count, state->duplicates, (long long)wall,
               (long long)cpu);
        for (size_t i = 0; i < state->count; i++) {
            free(state->records[i].role);
            free(state->records[i].location);
            free(state->records[i].name);
        }
        free(state->records);
        free(state);
    }
    free(bytes);
    return 0;
}

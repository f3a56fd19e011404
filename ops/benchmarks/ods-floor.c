// ods-floor FILE [RUNS]: what reading a workbook costs at least when libxml2 parses it.
//
// zlib inflates content.xml in chunks of 64 KiB, libxml2's push parser is fed with them, and its SAX callbacks count the rows
// that have a typed cell, and those cells. No text is kept, nothing is checked that a reader has to check: no checksum, no
// limit, no repeats. Prints one line for each run in this process: rows, cells, and wall and CPU time in nanoseconds.
#include <fcntl.h>
#include <libxml/parser.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum { CHUNK = 65536 };

static void die(const char *what) {
    fprintf(stderr, "ods-floor: error: %s\n", what);
    exit(1);
}

static uint32_t number(const unsigned char *bytes, int count) {
    uint32_t value = 0;
    while (count-- > 0) value = value << 8 | bytes[count];
    return value;
}

struct member {
    unsigned char *data;
    uint32_t size;
};

// Finds content.xml through the central directory; the archive has no comment.
static struct member content(unsigned char *file, size_t size) {
    if (size < 22) die("too short to be an archive");
    const unsigned char *end = file + size - 22;
    if (number(end, 4) != 0x06054b50) die("no end record");
    const unsigned char *entry = file + number(end + 16, 4);
    for (uint32_t left = number(end + 10, 2); left > 0; left--) {
        uint32_t name = number(entry + 28, 2);
        if (name == 11 && memcmp(entry + 46, "content.xml", 11) == 0) {
            unsigned char *header = file + number(entry + 42, 4);
            return (struct member){header + 30 + number(header + 26, 2) + number(header + 28, 2), number(entry + 20, 4)};
        }
        entry += 46 + name + number(entry + 30, 2) + number(entry + 32, 2);
    }
    die("no content.xml");
    return (struct member){0};
}

struct counts {
    const xmlChar *row, *cell, *type; // interned, so that a comparison of names is one of pointers
    long rows, cells, cells_before;
};

static void start(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
                  const xmlChar **namespace_list, int attributes, int defaulted, const xmlChar **attribute) {
    struct counts *counts = user;
    (void)prefix, (void)uri, (void)namespaces, (void)namespace_list, (void)defaulted;
    if (name == counts->cell) {
        for (int i = 0; i < attributes; i++)
            if (attribute[i * 5] == counts->type) {
                counts->cells++;
                break;
            }
    } else if (name == counts->row) {
        counts->cells_before = counts->cells;
    }
}

static void end(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
    struct counts *counts = user;
    (void)prefix, (void)uri;
    if (name == counts->row && counts->cells > counts->cells_before) counts->rows++;
}

static void text(void *user, const xmlChar *start, int count) { (void)user, (void)start, (void)count; }

static int64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static struct counts parse(struct member member) {
    static unsigned char chunk[CHUNK];
    struct counts counts = {0};
    xmlSAXHandler handler = {.initialized = XML_SAX2_MAGIC, .startElementNs = start, .endElementNs = end, .characters = text,
                             .ignorableWhitespace = text};
    xmlParserCtxtPtr context = xmlCreatePushParserCtxt(&handler, &counts, NULL, 0, NULL);
    if (!context) die("no parser");
    xmlCtxtUseOptions(context, XML_PARSE_NOENT | XML_PARSE_NONET);
    counts.row = xmlDictLookup(context->dict, BAD_CAST "table-row", -1);
    counts.cell = xmlDictLookup(context->dict, BAD_CAST "table-cell", -1);
    counts.type = xmlDictLookup(context->dict, BAD_CAST "value-type", -1);
    z_stream stream = {.next_in = member.data, .avail_in = member.size};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) die("zlib does not start");
    int status;
    do {
        stream.next_out = chunk;
        stream.avail_out = CHUNK;
        status = inflate(&stream, Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END) die("the data is damaged");
        if (xmlParseChunk(context, (char *)chunk, CHUNK - (int)stream.avail_out, status == Z_STREAM_END) != 0)
            die("the XML is malformed");
    } while (status != Z_STREAM_END);
    inflateEnd(&stream);
    xmlFreeParserCtxt(context);
    return counts;
}

int main(int count, char **arguments) {
    if (count < 2) die("usage: ods-floor FILE [RUNS]");
    int file = open(arguments[1], O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) die("the file cannot be opened");
    unsigned char *bytes = malloc((size_t)status.st_size);
    if (!bytes || read(file, bytes, (size_t)status.st_size) != status.st_size) die("the file cannot be read");
    struct member member = content(bytes, (size_t)status.st_size);
    for (int runs = count > 2 ? atoi(arguments[2]) : 1; runs > 0; runs--) {
        int64_t wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
        struct counts counts = parse(member);
        wall = now(CLOCK_MONOTONIC) - wall;
        cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        printf("rows=%ld cells=%ld wall_ns=%lld cpu_ns=%lld\n", counts.rows, counts.cells, (long long)wall, (long long)cpu);
    }
    free(bytes);
    return 0;
}

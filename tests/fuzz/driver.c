/* main() of a fuzz target without libFuzzer: replays every seed of a folder,
 * then mutations of each, the same ones in every run. Each input stands in a
 * block of exactly its size, so that the sanitizers see a byte read past it.
 *
 * usage: fuzz_NAME FOLDER [MUTATIONS]   or   fuzz_NAME FILE (one input, once)
 *
 * Mutations end after MUTATIONS of each seed or a second or so; EUICC_LINE_LONG=1
 * goes on for a minute, with a sequence of its own.
 *
 * On a crash the input is written to crash-fuzz_NAME in the working directory. */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    SEEDS_MAX = 512,
    INPUT_MAX = 1 << 20,
    MUTATIONS_DEFAULT = 2000,
    MILLISECONDS_MAX = 1200, /* for the mutations of one target; the seeds all run */
    MILLISECONDS_LONG = 60000,
    EDITS_MAX = 4,
};

struct seed {
    char name[NAME_MAX + 1];
    uint8_t *data;
    size_t len;
};

static struct seed seeds[SEEDS_MAX];
static size_t seed_count;

/* The input under way, for the signal handler. */
static const uint8_t *current_data;
static size_t current_len;
static char crash_path[NAME_MAX + 1];

static void on_crash(int number)
{
    static const char text[] = "crash: the input is in ";
    int fd = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0 && write(fd, current_data, current_len) == (ssize_t)current_len &&
        write(STDERR_FILENO, text, sizeof(text) - 1) > 0 &&
        write(STDERR_FILENO, crash_path, strlen(crash_path)) > 0 &&
        write(STDERR_FILENO, "\n", 1) > 0) {
        close(fd);
    }
    signal(number, SIG_DFL);
    raise(number);
}

static void catch_crashes(const char *program)
{
    static const int numbers[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    const char *slash = strrchr(program, '/');
    snprintf(crash_path, sizeof(crash_path), "crash-%s", slash != NULL ? slash + 1 : program);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        signal(numbers[i], on_crash);
    }
}

static void run(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    if (copy == NULL) {
        perror("fuzz driver");
        exit(EXIT_FAILURE);
    }
    memcpy(copy, data, len);
    current_data = data;
    current_len = len;
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static bool load(const char *path, const char *name, struct seed *seed)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return false;
    }
    seed->data = malloc(INPUT_MAX);
    seed->len = seed->data != NULL ? fread(seed->data, 1, INPUT_MAX, file) : 0;
    bool good = seed->data != NULL && ferror(file) == 0 && feof(file) != 0;
    fclose(file);
    snprintf(seed->name, sizeof(seed->name), "%s", name);
    if (!good) {
        fprintf(stderr, "%s: not readable, or larger than %d bytes\n", path, INPUT_MAX);
    }
    return good;
}

static int by_name(const void *a, const void *b)
{
    const struct seed *first = a;
    const struct seed *second = b;
    return strcmp(first->name, second->name);
}

static bool load_folder(const char *folder)
{
    DIR *listing = opendir(folder);
    if (listing == NULL) {
        perror(folder);
        return false;
    }
    bool good = true;
    const struct dirent *entry;
    while (good && (entry = readdir(listing)) != NULL) {
        char path[PATH_MAX];
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        good = seed_count < SEEDS_MAX && load(path, entry->d_name, &seeds[seed_count]);
        seed_count++;
    }
    closedir(listing);
    if (good && seed_count == 0) {
        fprintf(stderr, "%s: no seeds\n", folder);
    }
    if (good) {
        qsort(seeds, seed_count, sizeof(seeds[0]), by_name);
    }
    return good && seed_count > 0;
}

/* xorshift64*: any fixed sequence will do. */
static uint64_t random_state = 0x9E3779B97F4A7C15;

static size_t pick(size_t below)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return below == 0 ? 0 : (size_t)((random_state * 0x2545F4914F6CDD1D >> 16) % below);
}

/* Bytes that lengths, tags and digits turn on. */
static const uint8_t telling[] = {0x00, 0x01, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x85, 0xFF,
                                  0x1F, 0x30, 0x5F, 0xA0, 0xBF, 0x20, 0x0A, 0x22, 0x2C};

static size_t insert(uint8_t *data, size_t len, const uint8_t *from, size_t count, size_t at)
{
    if (count > INPUT_MAX - len) {
        return len;
    }
    memmove(data + at + count, data + at, len - at);
    memcpy(data + at, from, count);
    return len + count;
}

static size_t erase(uint8_t *data, size_t len, size_t at, size_t count)
{
    memmove(data + at, data + at + count, len - at - count);
    return len - count;
}

/* One edit in place; data holds INPUT_MAX bytes. */
static size_t edit(uint8_t *data, size_t len)
{
    uint8_t piece[64];
    size_t at = pick(len);
    size_t count = 1 + pick(sizeof(piece));
    const struct seed *other = &seeds[pick(seed_count)];
    if (len == 0) {
        return insert(data, len, telling, 1 + pick(sizeof(telling)), 0);
    }
    switch (pick(8)) {
    case 0:
        data[at] ^= (uint8_t)(1 << pick(8));
        return len;
    case 1:
        data[at] = telling[pick(sizeof(telling))];
        return len;
    case 2:
        data[at] = (uint8_t)(data[at] + (pick(2) == 0 ? 1 : -1));
        return len;
    case 3:
        return at; /* cut here */
    case 4:
        return erase(data, len, at, count < len - at ? count : len - at);
    case 5: /* double a piece */
        count = count < len - at ? count : len - at;
        memcpy(piece, data + at, count);
        return insert(data, len, piece, count, at);
    case 6: /* a piece of another seed */
        if (other->len > 0) {
            size_t from = pick(other->len);
            count = count < other->len - from ? count : other->len - from;
            return insert(data, len, other->data + from, count, at);
        }
        return len;
    default:
        return insert(data, len, &telling[pick(sizeof(telling))], 1, at);
    }
}

static void mutate_and_run(const struct seed *seed, uint8_t *scratch)
{
    size_t len = seed->len;
    memcpy(scratch, seed->data, len);
    for (size_t edits = 1 + pick(EDITS_MAX); edits > 0; edits--) {
        len = edit(scratch, len);
    }
    run(scratch, len);
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static bool long_run(void)
{
    const char *everything = getenv("EUICC_LINE_LONG");
    return everything != NULL && strcmp(everything, "1") == 0;
}

/* Round after round over all seeds, so that the time limit, if it is met, cuts
 * all of them alike. */
static size_t run_mutations(size_t rounds)
{
    static uint8_t scratch[INPUT_MAX];
    size_t done = 0;
    long long stop = now_ms() + MILLISECONDS_MAX;
    if (long_run()) {
        rounds = SIZE_MAX;
        stop = now_ms() + MILLISECONDS_LONG;
        random_state ^= (uint64_t)now_ms() << 20;
    }
    for (size_t round = 0; round < rounds && (round == 0 || now_ms() < stop); round++) {
        for (size_t i = 0; i < seed_count; i++) {
            mutate_and_run(&seeds[i], scratch);
            done++;
        }
    }
    return done;
}

int main(int argc, char **argv)
{
    struct stat status;
    if (argc < 2 || argc > 3 || stat(argv[1], &status) != 0) {
        fprintf(stderr, "usage: %s SEEDS [MUTATIONS] | %s FILE\n", argv[0], argv[0]);
        return EXIT_FAILURE;
    }
    catch_crashes(argv[0]);
    bool folder = S_ISDIR(status.st_mode);
    if (folder ? !load_folder(argv[1]) : !load(argv[1], argv[1], &seeds[seed_count++])) {
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < seed_count; i++) {
        run(seeds[i].data, seeds[i].len);
    }
    size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : MUTATIONS_DEFAULT;
    size_t mutations = folder ? run_mutations(rounds) : 0;
    printf("%zu seeds, %zu mutations\n", seed_count, mutations);
    for (size_t i = 0; i < seed_count; i++) {
        free(seeds[i].data);
    }
    return EXIT_SUCCESS;
}

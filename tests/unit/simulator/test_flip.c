/* Every bit of a package changed in turn: refused, never installed, never a
 * crash. The chip's session is put back to the point before the script that is
 * changed; the rest of the package follows as it should be. */
#include "simulator/kit.h"

#include <string.h>

#include "sgp22/bsp.h"
#include "sgp22/tags.h"

static struct kit kit;
static struct kit_package package;

/* True when the chip refused: some script of the rest was answered with an
 * error, or with a result that is no success, or the package never ended. */
static bool refused(const struct session *before, size_t script, struct bytes changed)
{
    TEST_OK(session_copy(&kit.card->isdr.session, before));
    uint16_t sw = kit_send(&kit, changed);
    bool answered = sw != SW_OK || kit.response.len > 0;
    if (!answered) {
        kit_load_range(&kit, &package, script + 1, &sw);
    }
    bool good = !kit_installed(&kit);
    struct state *state = kit.card->isdr.state;
    while (state->notification_count > 0) {
        TEST_OK(state_notification_remove(state, state->notification[0].seq_number));
    }
    return good;
}

/* The same way without a change installs it: the test would see an acceptance. */
static void control(const struct session *before, size_t script)
{
    CU_ASSERT_FALSE(refused(before, script, buf_bytes(&package.script[script])));
    struct state *state = kit.card->isdr.state;
    CU_ASSERT_EQUAL_FATAL(state->profile_count, 1);
    state_profile_remove(state, &state->profile[0]);
}

static size_t flip_script(size_t script, size_t *flips)
{
    struct session before = {0};
    size_t accepted = 0;
    struct buf *bytes = &package.script[script];

    TEST_OK(session_copy(&before, &kit.card->isdr.session));
    control(&before, script);
    for (size_t i = 0; i < bytes->len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            uint8_t mask = (uint8_t)(1u << bit);
            bytes->data[i] ^= mask;
            if (!refused(&before, script, buf_bytes(bytes))) {
                test_note("script %zu byte %zu mask %02X was accepted", script, i, mask);
                accepted++;
            }
            bytes->data[i] ^= mask;
            (*flips)++;
        }
    }
    TEST_OK(session_copy(&kit.card->isdr.session, &before));
    session_clear(&before);
    return accepted;
}

static void test_every_bit(void)
{
    size_t flips = 0, accepted = 0;
    struct profile_installation_result result;

    kit_open(&kit, NULL);
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    for (size_t script = 0; script < package.count; script++) {
        accepted += flip_script(script, &flips);
        CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&package.script[script])), SW_OK);
    }
    CU_ASSERT_EQUAL(accepted, 0);
    CU_ASSERT_TRUE(flips > 8 * KIT_UPP_SIZE);
    /* untouched, the same package is good */
    CU_ASSERT_TRUE(kit_result(&kit, &result) && result.success);
    test_note("%zu changes, %zu scripts", flips, package.count);
    kit_package_clear(&package);
    kit_close(&kit);
}

/* One byte more or less at the end of each script. */
static void test_every_length(void)
{
    size_t accepted = 0;
    kit_open(&kit, NULL);
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    for (size_t script = 0; script < package.count; script++) {
        struct session before = {0};
        struct buf *bytes = &package.script[script];
        TEST_OK(session_copy(&before, &kit.card->isdr.session));
        buf_put_u8(bytes, 0x00);
        accepted += !refused(&before, script, buf_bytes(bytes));
        bytes->len--;
        accepted += !refused(&before, script, bytes_make(bytes->data, bytes->len - 1));
        TEST_OK(session_copy(&kit.card->isdr.session, &before));
        session_clear(&before);
        CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(bytes)), SW_OK);
    }
    CU_ASSERT_EQUAL(accepted, 0);
    CU_ASSERT_TRUE(kit_installed(&kit));
    kit_package_clear(&package);
    kit_close(&kit);
}

/* The command with one byte changed; what of it the server's signatures cover
 * ends where ctxParams1 begins. */
static size_t flip_command(struct buf *command, size_t covered)
{
    struct session before = {0};
    size_t accepted = 0;

    TEST_OK(session_copy(&before, &kit.card->isdr.session));
    for (size_t i = 0; i < covered; i++) {
        command->data[i] ^= (uint8_t)(1u << (i % 8));
        TEST_OK(session_copy(&kit.card->isdr.session, &before));
        uint16_t sw = kit_send(&kit, buf_bytes(command));
        if (sw == SW_OK && kit_error_code(&kit) == 0) {
            test_note("byte %zu was accepted", i);
            accepted++;
        }
        command->data[i] ^= (uint8_t)(1u << (i % 8));
    }
    TEST_OK(session_copy(&kit.card->isdr.session, &before));
    session_clear(&before);
    return accepted;
}

static void test_authentication(void)
{
    struct buf command;
    kit_open(&kit, NULL);
    kit_challenge(&kit);
    buf_init(&command, 4096);
    kit_build_authenticate(&kit, &command);
    CU_ASSERT_EQUAL(flip_command(&command, command.len - 22), 0);
    CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&command)), SW_OK);
    CU_ASSERT_EQUAL(kit_error_code(&kit), 0);
    buf_clear(&command);
    kit_close(&kit);
}

static void test_preparation(void)
{
    struct buf command;
    kit_open(&kit, NULL);
    kit_challenge(&kit);
    CU_ASSERT_EQUAL(kit_authenticate(&kit), 0);
    buf_init(&command, 4096);
    kit_build_prepare(&kit, &command);
    CU_ASSERT_EQUAL(flip_command(&command, command.len), 0);
    CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&command)), SW_OK);
    CU_ASSERT_EQUAL(kit_error_code(&kit), 0);
    buf_clear(&command);
    kit_close(&kit);
}

static const struct test_case cases[] = {
    {"each bit of a package", test_every_bit},
    {"each script longer and shorter", test_every_length},
    {"each byte of AuthenticateServer", test_authentication},
    {"each byte of PrepareDownload", test_preparation},
};
TEST_MAIN("simulator flip", cases)

/* Pacing: a byte is ten bits, and nothing drifts. */
#include "simulator/wire.h"

#include <string.h>

#include "support/test.h"

static const uint8_t zeros[20000];

static void test_burst(void)
{
    struct wire wire;
    uint8_t out[16];
    wire_init(&wire, 115200);
    TEST_OK(wire_put(&wire, bytes_make(zeros, 11520), 1000));
    /* the first after 86.8 microseconds, the last after one second exactly */
    CU_ASSERT_EQUAL(wire_next_due(&wire), 1000 + 86805);
    CU_ASSERT_EQUAL(wire_last_due(&wire), 1000 + 1000000000LL);
    CU_ASSERT_EQUAL(wire_peek(&wire, 1000 + 86804, out, sizeof(out)), 0);
    CU_ASSERT_EQUAL(wire_peek(&wire, 1000 + 86805, out, sizeof(out)), 1);
    CU_ASSERT_EQUAL(wire_peek(&wire, 1000 + 300000, out, sizeof(out)), 3);
    wire_clear(&wire);
}

/* Bytes that come while others pass follow without a gap, in many pieces. */
static void test_no_drift(void)
{
    struct wire wire;
    wire_init(&wire, 115200);
    for (int i = 0; i < 11520; i++) {
        TEST_OK(wire_put(&wire, bytes_make(zeros, 1), i));
    }
    CU_ASSERT_EQUAL(wire_last_due(&wire), 1000000000LL);
    /* after a pause a new burst */
    TEST_OK(wire_put(&wire, bytes_make(zeros, 1), 3000000000LL));
    CU_ASSERT_EQUAL(wire_last_due(&wire), 3000086805LL);
    wire_clear(&wire);
}

static void test_unpaced(void)
{
    struct wire wire;
    uint8_t out[4];
    wire_init(&wire, 0);
    TEST_OK(wire_put(&wire, bytes_make("a\rb", 3), 50));
    CU_ASSERT_EQUAL(wire_peek(&wire, 49, out, 4), 0);
    CU_ASSERT_EQUAL(wire_peek(&wire, 50, out, 4), 3);
    CU_ASSERT_EQUAL(wire_due_of(&wire, '\r'), 50);
    CU_ASSERT_EQUAL(wire_due_of(&wire, 'x'), WIRE_NEVER);
    wire_take(&wire, 2);
    CU_ASSERT_EQUAL(wire_peek(&wire, 50, out, 4), 1);
    CU_ASSERT_EQUAL(out[0], 'b');
    wire_take(&wire, 9);
    CU_ASSERT_EQUAL(wire_next_due(&wire), WIRE_NEVER);
    wire_clear(&wire);
}

static void test_bounds(void)
{
    struct wire wire;
    wire_init(&wire, 9600);
    for (int i = 0; i < WIRE_MAX / 16384; i++) {
        TEST_OK(wire_put(&wire, bytes_make(zeros, 16384), 0));
    }
    TEST_ERR(wire_put(&wire, bytes_make(zeros, 1), 0), ERR_RANGE);
    wire_take(&wire, 1);
    TEST_OK(wire_put(&wire, bytes_make(zeros, 1), 0));
    wire_clear(&wire);
}

static const struct test_case cases[] = {
    {"a burst", test_burst},
    {"no drift", test_no_drift},
    {"unpaced", test_unpaced},
    {"bounds", test_bounds},
};
TEST_MAIN("simulator wire", cases)

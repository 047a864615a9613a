/* A ledger in a temporary folder with one batch of two profiles. */
#ifndef TEST_LEDGER_FIXTURE_H
#define TEST_LEDGER_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "line/ledger.h"
#include "support/test.h"

#define EID_A "89049032123451234512345678901235"
#define ICCID_1 "89001012345678901231"
#define ICCID_2 "89001012345678901249"

struct ledger_fixture {
    char folder[64];
    char path[96];
    struct ledger *ledger;
    struct eid eid;
    struct iccid iccid[2];
    struct ledger_batch batch;
};

static inline void fixture_open_ledger(struct ledger_fixture *fixture)
{
    char detail[LEDGER_DETAIL_SIZE];
    CU_ASSERT_EQUAL_FATAL(ledger_open(fixture->path, &fixture->ledger, detail), ERR_OK);
}

static inline void fixture_import(struct ledger_fixture *fixture)
{
    bool added = false;
    CU_ASSERT_EQUAL_FATAL(ledger_import_begin(fixture->ledger, &fixture->batch), ERR_OK);
    for (size_t i = 0; i < 2; i++) {
        TEST_OK(ledger_import_add(fixture->ledger, &fixture->eid, &fixture->iccid[i],
                                  bytes_make("metadata", 8), bytes_make("segments", 8), &added));
        CU_ASSERT_TRUE(added);
    }
    TEST_OK(ledger_import_commit(fixture->ledger));
}

static inline void fixture_init(struct ledger_fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    strcpy(fixture->folder, "/tmp/euicc-line-test.XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof(fixture->path), "%s/ledger.db", fixture->folder);
    TEST_OK(eid_parse(EID_A, &fixture->eid));
    TEST_OK(iccid_parse(ICCID_1, &fixture->iccid[0]));
    TEST_OK(iccid_parse(ICCID_2, &fixture->iccid[1]));
    fixture->batch = (struct ledger_batch){
        .id = {1, 2, 3},
        .dp_oid = "2.999.10",
        .root_key_version = 1,
        .root_key_check_value = {9, 8, 7, 6, 5},
        .created = "2026-01-01T00:00:00Z",
    };
    fixture_open_ledger(fixture);
    fixture_import(fixture);
}

static inline void fixture_clear(struct ledger_fixture *fixture)
{
    static const char *const files[] = {"ledger.db", "ledger.db-wal", "ledger.db-shm", "out.ppr"};
    ledger_close(&fixture->ledger);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", fixture->folder, files[i]);
        unlink(path);
    }
    CU_ASSERT_EQUAL(rmdir(fixture->folder), 0);
}

#endif

// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/cohort_csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

template <class F>
std::string refusal(F read) {
    try {
        read();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input_unreadable);
        return error.what();
    }
    ADD_FAILURE() << "was read";
    return {};
}

std::string refused_row(const std::string& row) {
    return refusal([&] {
        parse_cohort("case,vessel,ffr_ct,ffr_invasive,ds_pct,state\nP0,RCA,0.9,0.9,10,ok\n" + row + "\n",
                     "c.csv");
    });
}

TEST(CohortCsv, ReadsEveryColumnInAnyOrder) {
    const Cohort cohort = parse_cohort(
        "state,path,ffr_invasive,ds_pct,ffr_ct_distal,ffr_ct_lesion,ffr_ct,vessel,case\n"
        "ok,runs/1,0.79,55,0.70,0.78,0.78,LAD,P1\n"
        "rejected: motion,,0.81,,,,,RCA,P1\n"
        ",,,,,,1.0,LCX,P2\n",
        "c.csv");
    ASSERT_EQ(cohort.rows.size(), 3u);
    const CohortRow& first = cohort.rows[0];
    EXPECT_EQ(first.patient, "P1");
    EXPECT_EQ(first.path, "runs/1");
    EXPECT_EQ(first.ffr_ct_distal, 0.70);
    EXPECT_EQ(first.ds_pct, 55);
    EXPECT_EQ(first.line, 2);
    EXPECT_TRUE(cohort.rows[1].rejected);
    EXPECT_EQ(cohort.rows[1].reason, "motion");
    EXPECT_FALSE(cohort.rows[1].ffr_ct.has_value());
    EXPECT_FALSE(cohort.rows[2].rejected);
    EXPECT_FALSE(cohort.rows[2].ffr_invasive.has_value());
    EXPECT_TRUE(cohort.has_measured);
    EXPECT_TRUE(cohort.remarks.empty());
}

TEST(CohortCsv, BadCellsNameLineColumnFoundAndExpected) {
    EXPECT_THAT(refused_row("P1,LAD,low,0.8,,"),
                AllOf(HasSubstr("c.csv:3"), HasSubstr("ffr_ct is 'low'"), HasSubstr("0 to 1.2")));
    EXPECT_THAT(refused_row("P1,LAD,\"0,81\",0.8,,"), HasSubstr("'0,81', which is not a number"));
    EXPECT_THAT(refused_row("P1,LAD,nan,0.8,,"), HasSubstr("not a number"));
    EXPECT_THAT(refused_row("P1,LAD,0.8,inf,,"), HasSubstr("ffr_invasive is 'inf'"));
    EXPECT_THAT(refused_row("P1,LAD,0.8,1.21,,"), HasSubstr("ffr_invasive is 1.21, outside 0 to 1.2"));
    EXPECT_THAT(refused_row("P1,LAD,-0.1,0.8,,"), HasSubstr("ffr_ct is -0.1, outside"));
    EXPECT_THAT(refused_row("P1,LAD,0.8,0.8,101,"), HasSubstr("ds_pct is 101, outside 0 to 100"));
    EXPECT_THAT(refused_row("P1,LAD,0.8,0.8,,maybe"), HasSubstr("state is 'maybe'"));
    EXPECT_THAT(refused_row("P1,LAD,0.8,0.8,,rejectedly"), HasSubstr("state is 'rejectedly'"));
    EXPECT_THAT(refused_row("P1,LAD,,0.8,,ok"), HasSubstr("ffr_ct is empty and state is not 'rejected'"));
    EXPECT_THAT(refused_row(",LAD,0.8,0.8,,"), HasSubstr("case is empty"));
    EXPECT_THAT(refused_row("P1,,0.8,0.8,,"), HasSubstr("vessel is empty"));
    EXPECT_THAT(refused_row("P0,RCA,0.8,0.8,,"),
                HasSubstr("case 'P0', vessel 'RCA' stands in line 2 already"));
}

TEST(CohortCsv, MissingColumnsAndRowsAreNamed) {
    const auto of = [](const char* text) { return refusal([&] { parse_cohort(text, "c.csv"); }); };
    EXPECT_THAT(of("case,vessel,ffrct\nP,LAD,0.8\n"),
                AllOf(HasSubstr("column 'ffr_ct' is missing"), HasSubstr("found: case, vessel, ffrct")));
    EXPECT_THAT(of("case;vessel;ffr_ct\nP;LAD;0.8\n"), HasSubstr("not semicolons"));
    EXPECT_THAT(of("case,vessel,ffr_ct\n"), HasSubstr("no rows"));
}

TEST(CohortCsv, WhatIsNotUsedIsSaid) {
    const Cohort cohort = parse_cohort(
        "case,vessel,ffr_ct,ds_pc,state\nP1,LAD,0.8,40,ok\nP2,LAD,0.7,40,rejected: stent\n", "c.csv");
    ASSERT_EQ(cohort.remarks.size(), 2u);
    EXPECT_THAT(cohort.remarks[0], HasSubstr("'ds_pc' is not used"));
    EXPECT_THAT(cohort.remarks[1], HasSubstr("c.csv:3: a rejected row carries a computed value"));
    EXPECT_FALSE(cohort.rows[1].ffr_ct.has_value());
    EXPECT_FALSE(cohort.has_measured);
}

TEST(CohortCsv, SealedTextHoldsNoMeasuredValueAndReadsBackTheSame) {
    const Cohort cohort = parse_cohort(
        "case,vessel,ffr_ct,ffr_invasive,ffr_ct_lesion,state\n\"P,1\",LAD,0.812345,0.77,0.83,ok\n"
        "P2,RCA,,0.66,,\"rejected: a \"\"big\"\" stent\"\n",
        "c.csv");
    const std::string text = sealed_csv(cohort);
    EXPECT_THAT(text, ::testing::Not(HasSubstr("0.77")));
    EXPECT_THAT(text, ::testing::Not(HasSubstr("0.66")));
    const Cohort again = parse_cohort(text, "sealed.csv");
    EXPECT_FALSE(again.has_measured);
    ASSERT_EQ(again.rows.size(), 2u);
    EXPECT_EQ(again.rows[0].patient, "P,1");
    EXPECT_EQ(again.rows[0].ffr_ct, 0.812345);
    EXPECT_EQ(again.rows[0].ffr_ct_lesion, 0.83);
    EXPECT_EQ(again.rows[1].reason, "a \"big\" stent");
    EXPECT_EQ(sealed_csv(again), text);
}

TEST(CohortCsv, MeasuredValuesAreJoinedByCaseAndVessel) {
    const test::TemporaryFolder folder;
    const auto file = folder.path() / "measured.csv";
    const auto joined = [&](const std::string& text) {
        write_text_atomically(file, text);
        Cohort cohort = parse_cohort("case,vessel,ffr_ct\nP1,LAD,0.8\nP1,RCA,0.9\nP2,LAD,0.7\n", "c.csv");
        join_measured(cohort, file);
        return cohort;
    };
    const Cohort cohort = joined("ffr_invasive,vessel,case\n0.61,LAD,P2\n0.82,LAD,P1\n");
    EXPECT_EQ(cohort.rows[0].ffr_invasive, 0.82);
    EXPECT_FALSE(cohort.rows[1].ffr_invasive.has_value());
    EXPECT_EQ(cohort.rows[2].ffr_invasive, 0.61);
    EXPECT_TRUE(cohort.has_measured);
    EXPECT_THAT(refusal([&] { joined("case,vessel,ffr_invasive\nP3,LAD,0.8\n"); }),
                AllOf(HasSubstr("measured.csv:2"), HasSubstr("case 'P3', vessel 'LAD' is not among")));
    EXPECT_THAT(refusal([&] { joined("case,vessel,ffr_invasive\nP1,LAD,0.8\nP1,LAD,0.7\n"); }),
                HasSubstr("stands in line 2 already"));
    EXPECT_THAT(refusal([&] { joined("case,vessel,ffr\nP1,LAD,0.8\n"); }),
                HasSubstr("'ffr_invasive' is missing"));
    EXPECT_THAT(refusal([&] { joined("case,vessel,ffr_invasive\nP1,LAD,1.3\n"); }),
                HasSubstr("outside 0 to 1.2"));
}

}  // namespace
}  // namespace ctffr

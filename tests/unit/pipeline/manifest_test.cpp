// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"

namespace ctffr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(Manifest, EveryColumn) {
    const Manifest manifest = parse_manifest(
        "case,path,mask,sex,age_years,systolic_mmhg,ffr_invasive_LAD,ffr_invasive_mRCA\n"
        "p-01,series/1,labels/1.nii.gz,F, 63 ,135.5,0.79,\n"
        "\n"
        "p.02,/data/2,,,,,,1.01\n",
        "/cohort/list.csv");
    ASSERT_EQ(manifest.cases.size(), 2u);
    const ManifestCase& first = manifest.cases[0];
    EXPECT_EQ(first.name, "p-01");
    EXPECT_EQ(first.line, 2);
    EXPECT_EQ(first.path, "series/1");
    EXPECT_EQ(first.series, "/cohort/series/1");
    EXPECT_EQ(first.mask, "/cohort/labels/1.nii.gz");
    EXPECT_EQ(first.facts.sex, 'F');
    EXPECT_EQ(first.facts.age_years, 63);
    EXPECT_EQ(first.facts.systolic_mmhg, 135.5);
    EXPECT_FALSE(first.facts.height_m);
    EXPECT_THAT(first.measured, ElementsAre(Pair("LAD", 0.79)));
    const ManifestCase& second = manifest.cases[1];
    EXPECT_EQ(second.line, 4);
    EXPECT_EQ(second.series, "/data/2");
    EXPECT_TRUE(second.mask.empty());
    EXPECT_FALSE(second.facts.sex || second.facts.age_years);
    EXPECT_THAT(second.measured, ElementsAre(Pair("mRCA", 1.01)));
}

void expect_refused(const std::string& text, const std::string& phrase) {
    try {
        parse_manifest(text, "m.csv");
        FAIL() << "accepted: " << text;
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::usage) << error.what();
        EXPECT_THAT(error.what(), HasSubstr(phrase)) << text;
    }
}

TEST(Manifest, UnknownColumnsNameTheNearest) {
    expect_refused("case,pth\na,x\n", "m.csv:1: unknown column 'pth'; did you mean 'path'?");
    expect_refused("case,path,age\na,x,60\n", "unknown column 'age'");
    expect_refused("case,path,systolic\na,x,1\n", "did you mean 'systolic_mmhg'?");
    expect_refused("case,path,ffr_invasive_LDA\na,x,0.8\n", "did you mean 'ffr_invasive_LAD'?");
    expect_refused("case,path,ffr_invasive_\na,x,0.8\n", "unknown column");
    expect_refused("path\nx\n", "no column 'case'");
    expect_refused("case;path\na;x\n", "not separated by commas");
}

TEST(Manifest, NamesArePlainAndUnique) {
    for (const char* name : {"../up", "a/b", ".hidden", "-option", "a b", "\"a\nb\"", "caf\xC3\xA9"})
        expect_refused(std::string("case,path\n") + name + ",x\n", "cannot name a folder");
    expect_refused("case,path\n,x\n", "m.csv:2: column 'case': a case has no name");
    expect_refused("case,path\n" + std::string(101, 'a') + ",x\n", "101 characters");
    expect_refused("case,path\na,x\nb,y\na,z\n", "m.csv:4: the case 'a' is there already, in line 2");
    EXPECT_EQ(parse_manifest("case,path\n" + std::string(100, 'a') + ",x\n", "m.csv").cases.size(), 1u);
}

TEST(Manifest, ValuesAreNumbersWithTheirPlace) {
    expect_refused("case,path,age_years\na,x,6o\n", "m.csv:2: column 'age_years': '6o' is no number (years");
    expect_refused("case,path,age_years\na,x,NA\n", "leave the field empty");
    expect_refused("case,path,age_years\na,x,nan\n", "is no number");
    expect_refused("case,path,height_m\na,x,\"1,80\"\n", "with a decimal point");
    expect_refused("case,path,sex\na,x,m\n", "'m' is not F or M");
    expect_refused("case,path,ffr_invasive_LAD\na,x,79\n", "the measured FFR is 79");
    expect_refused("case,path,ffr_invasive_LAD\na,x,0\n", "the measured FFR is 0");
    // What no adult has is a matter of the case: its run says so, and the others go on.
    EXPECT_EQ(parse_manifest("case,path,systolic_mmhg\na,x,12\n", "m.csv").cases[0].facts.systolic_mmhg, 12);
}

TEST(Manifest, EveryCaseHasOneStart) {
    expect_refused("case,path,mask\na,,\n", "m.csv:2: the case 'a' has nothing to start from");
    expect_refused("case,mask,lumen\na,m.nii,l.stl\n", "both mask and lumen");
    expect_refused("case,path\n", "lists no case");
    const Manifest manifest = parse_manifest("case,centerlines\na,tree.vtp\n", "/d/m.csv");
    EXPECT_EQ(manifest.cases[0].centerlines, "/d/tree.vtp");
    EXPECT_TRUE(manifest.cases[0].series.empty());
    EXPECT_THROW(read_manifest("/nowhere/list.csv"), Error);
}

}  // namespace
}  // namespace ctffr

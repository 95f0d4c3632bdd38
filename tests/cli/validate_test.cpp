// SPDX-License-Identifier: Apache-2.0
// `ctffr validate` as a user meets it: files written, sentences and exit codes, seals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ctffr/io/files.hpp"
#include "support/json_schema.hpp"
#include "support/program.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

using test::ProgramRun;
using test::run_program;
using test::slurp;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Four vessels of three patients: TP, FP, TN, FN; and one rejected.
constexpr const char* cohort =
    "case,vessel,ffr_ct,ffr_ct_lesion,ffr_invasive,ds_pct,state\n"
    "P1,LAD,0.70,0.72,0.75,70,ok\n"
    "P1,RCA,0.78,0.80,0.90,40,ok\n"
    "P2,LAD,0.92,,0.88,30,ok\n"
    "P3,<b>LAD</b>,0.85,0.85,0.79,55,ok\n"
    "P4,LAD,,,0.70,60,rejected: motion\n";
constexpr const char* blinded =
    "case,vessel,ffr_ct,ds_pct,state\nP1,LAD,0.70,70,ok\nP2,LAD,0.92,30,ok\nP4,LAD,,60,rejected: motion\n";
constexpr const char* measured = "case,vessel,ffr_invasive\nP2,LAD,0.88\nP1,LAD,0.75\nP4,LAD,0.70\n";

class CliValidate : public ::testing::Test {
   protected:
    std::string write(const char* name, const std::string& text) {
        write_text_atomically(folder_.path() / name, text);
        return (folder_.path() / name).string();
    }
    std::filesystem::path out() const { return folder_.path() / "out"; }
    ProgramRun validate(std::vector<std::string> more) {
        more.insert(more.begin(), "validate");
        more.insert(more.end(), {"-o", out().string()});
        return run_program(more);
    }
    void refused(const std::vector<std::string>& words, int code, const std::string& sentence) {
        const ProgramRun run = validate(words);
        EXPECT_EQ(run.exit_code, code) << run.err;
        EXPECT_THAT(run.err, HasSubstr(sentence));
        EXPECT_EQ(run.out, "");
        EXPECT_FALSE(std::filesystem::exists(out() / "validation.json")) << sentence;
    }
    nlohmann::json result() const { return nlohmann::json::parse(slurp(out() / "validation.json")); }

    test::TemporaryFolder folder_;
};

TEST_F(CliValidate, WritesFiguresPageAndPlots) {
    const ProgramRun run = validate({write("cohort.csv", cohort)});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.out, AllOf(HasSubstr("5 rows of 4 patients: 4 compared, 1 rejected"), HasSubstr("1/2")));
    EXPECT_THAT(test::names_in(out()), ElementsAre("bands.svg", "bland-altman.svg", "report.html", "roc.svg",
                                                   "scatter.svg", "validation.json"));
    const nlohmann::json json = result();
    const nlohmann::json schema =
        nlohmann::json::parse(slurp(std::filesystem::path(CTFFR_SOURCE_DIR) / "docs/validation.schema.json"));
    EXPECT_THAT(test::schema_faults(json, schema), ElementsAre());
    const nlohmann::json& vessel = json["readouts"][0]["per_vessel"];
    for (const char* count : {"true_positive", "false_positive", "true_negative", "false_negative"})
        EXPECT_EQ(vessel[count], 1) << count;
    EXPECT_EQ(json["readouts"][1]["column"], "ffr_ct_lesion");
    EXPECT_EQ(json["readouts"][1]["vessels"], 3);
    EXPECT_EQ(json["intention_to_diagnose"]["per_vessel"]["false_negative"], 2);
    EXPECT_TRUE(json["seal"].is_null());
    // The band above 0.90 holds one vessel, that up to 0.60 none: null with its reason.
    const nlohmann::json& band = json["readouts"][0]["bands_by_computed"][0];
    EXPECT_TRUE(band["agreement"]["wilson"]["value"].is_null());
    EXPECT_EQ(band["agreement"]["wilson"]["reason"], "no vessel in this band");
}

TEST_F(CliValidate, ThePageLoadsNothingAndEscapesWhatComesFromOutside) {
    const std::string rejected =
        std::string(cohort) + "P5,\"<script>x</script>\",,,0.7,,rejected: <i>stent</i>\n";
    ASSERT_EQ(validate({write("cohort.csv", rejected)}).exit_code, 0);
    const std::string page = slurp(out() / "report.html");
    EXPECT_THAT(page, AllOf(HasSubstr("default-src 'none'"), HasSubstr("For research use only"),
                            HasSubstr("ACCURATE-CT"), HasSubstr("doi 10.1016/j.jcin.2024.06.027"),
                            HasSubstr("&lt;script&gt;"), HasSubstr("&lt;i&gt;stent")));
    for (const char* load : {"<script", "src=", "href=", "@import", "url(", "<i>"})
        EXPECT_THAT(page, Not(HasSubstr(load)));
    EXPECT_THAT(page, Not(HasSubstr(">nan")));
    // Each plot in the page is the file beside it.
    for (const char* plot : {"roc.svg", "scatter.svg", "bland-altman.svg", "bands.svg"})
        EXPECT_THAT(page, HasSubstr(slurp(out() / plot))) << plot;
}

// Cohorts in which next to nothing is defined: every file is there, valid, and holds states, not numbers.
TEST_F(CliValidate, PoorCohortsGiveStates) {
    const nlohmann::json schema =
        nlohmann::json::parse(slurp(std::filesystem::path(CTFFR_SOURCE_DIR) / "docs/validation.schema.json"));
    const std::string head = "case,vessel,ffr_ct,ffr_invasive,state\n";
    for (const std::string rows :
         {"P1,LAD,0.8,0.81,ok\n", "P1,LAD,0.8,0.8,ok\nP1,RCA,0.8,0.8,ok\nP2,LAD,0.8,0.8,ok\n",
          "P1,LAD,,0.8,rejected\nP2,RCA,,0.9,rejected\n"}) {
        const ProgramRun run = validate({write("poor.csv", head + rows)});
        ASSERT_EQ(run.exit_code, 0) << run.err;
        EXPECT_THAT(run.out, AllOf(HasSubstr("not defined: "), Not(HasSubstr("nan")), Not(HasSubstr("inf"))));
        const nlohmann::json json = result();
        EXPECT_THAT(test::schema_faults(json, schema), ElementsAre()) << rows;
        EXPECT_TRUE(json["readouts"][0]["per_vessel"]["auc"]["delong"]["value"].is_null());
        EXPECT_TRUE(json["readouts"][0]["bland_altman"]["bias"]["low"].is_null());
        EXPECT_TRUE(json["readouts"][0]["bland_altman"]["bias"]["reason"].is_string());
        const std::string page = slurp(out() / "report.html");
        EXPECT_THAT(page, AllOf(HasSubstr("not available"), HasSubstr("no negatives by")));
        for (const char* plot : {"roc.svg", "scatter.svg", "bland-altman.svg", "bands.svg"})
            EXPECT_THAT(slurp(out() / plot), AllOf(HasSubstr("</svg>"), Not(HasSubstr("nan")))) << plot;
    }
}

TEST_F(CliValidate, SameInputSameBytes) {
    const std::string file = write("cohort.csv", cohort);
    ASSERT_EQ(validate({file}).exit_code, 0);
    const std::string page = slurp(out() / "report.html"), json = slurp(out() / "validation.json");
    ASSERT_EQ(validate({file}).exit_code, 0);
    EXPECT_EQ(slurp(out() / "report.html"), page);
    EXPECT_EQ(slurp(out() / "validation.json"), json);
}

TEST_F(CliValidate, OptionsMoveTheThresholds) {
    ASSERT_EQ(validate({write("cohort.csv", cohort), "--positive-at-ffr", "0.75",
                        "--positive-at-stenosis-pct", "60"})
                  .exit_code,
              0);
    const nlohmann::json json = result();
    EXPECT_EQ(json["readouts"][0]["per_vessel"]["true_positive"], 1);
    EXPECT_EQ(json["readouts"][0]["per_vessel"]["true_negative"], 3);
    EXPECT_EQ(json["stenosis"]["per_vessel"]["true_negative"], 3);
}

TEST_F(CliValidate, RefusalsSayWhatIsWrongAndWhere) {
    refused({(folder_.path() / "absent.csv").string()}, 10, "There is no file");
    refused({write("a.csv", "case,vessel,ffr\nP,LAD,0.8\n")}, 11,
            "the column 'ffr_ct' is missing; found: case, vessel, ffr");
    refused({write("b.csv", "case,vessel,ffr_ct,ffr_invasive\nP,LAD,0.8,0.8\nP,RCA,x,0.8\n")}, 11,
            "b.csv:3: ffr_ct is 'x', which is not a number: give 0 to 1.2");
    refused({write("c.csv", "case,vessel,ffr_ct,ffr_invasive\nP,LAD,0.8,8\n")}, 11,
            "c.csv:2: ffr_invasive is 8, outside 0 to 1.2");
    refused({write("d.csv", "case,vessel,ffr_ct,ffr_invasive\nP,LAD,0.8\n")}, 11,
            "d.csv:2: this line has 3 cells and the header has 4");
    refused({write("e.csv", "case,vessel,ffr_ct\nP,LAD,0.8\n")}, 11, "the column 'ffr_invasive' is missing");
    refused({write("f.csv", "case,vessel,ffr_ct,ffr_invasive\nP,LAD,0.8,\n")}, 11,
            "No row has a measured value");
    refused({}, 2, "give either COHORT.csv or --sealed");
    refused({write("g.csv", cohort), "--sealed", "x", "--measured", "y"}, 2, "give either");
    refused({"--sealed", "x"}, 2, "go together");
    refused({write("g.csv", cohort), "--positive-at-ffr", "2"}, 2, "--positive-at-ffr");
    EXPECT_FALSE(std::filesystem::exists(out()));
}

TEST_F(CliValidate, SealedValuesAreJoinedLater) {
    const ProgramRun sealing = validate({write("blinded.csv", blinded), "--seal"});
    ASSERT_EQ(sealing.exit_code, 0) << sealing.err;
    const nlohmann::json seal = nlohmann::json::parse(slurp(out() / "seal.json"));
    EXPECT_EQ(seal["sha256"], sha256_hex(slurp(out() / "sealed.csv")));
    EXPECT_EQ(seal["blinded"], true);
    EXPECT_THAT(sealing.out, HasSubstr(seal["sha256"].get<std::string>()));
    EXPECT_THAT(test::names_in(out()), ElementsAre("seal.json", "sealed.csv"));

    const std::string values = write("measured.csv", measured);
    const ProgramRun joining = run_program({"validate", "--sealed", out().string(), "--measured", values});
    ASSERT_EQ(joining.exit_code, 0) << joining.err;
    const nlohmann::json json = result();
    EXPECT_EQ(json["seal"]["sha256"], seal["sha256"]);
    EXPECT_EQ(json["seal"]["blinded"], true);
    EXPECT_EQ(json["readouts"][0]["vessels"], 2);
    EXPECT_EQ(json["intention_to_diagnose"]["counted_as_wrong"], 1);
    EXPECT_THAT(slurp(out() / "report.html"), HasSubstr(seal["sha256"].get<std::string>()));
}

TEST_F(CliValidate, ABrokenSealIsRefused) {
    ASSERT_EQ(validate({write("blinded.csv", blinded), "--seal"}).exit_code, 0);
    const std::string values = write("measured.csv", measured);
    const std::vector<std::string> join{"--sealed", out().string(), "--measured", values};
    std::string text = slurp(out() / "sealed.csv");
    text.replace(text.find("0.7"), 3, "0.8");
    write_text_atomically(out() / "sealed.csv", text);
    refused(join, 82, "is no longer what was sealed");
    std::filesystem::remove(out() / "sealed.csv");
    refused(join, 82, "is gone");
    std::filesystem::remove(out() / "seal.json");
    refused(join, 10, "There is no seal in");
    write_text_atomically(out() / "seal.json", "{\"schema\": \"ctffr-seal-1\"}");
    refused(join, 11, "seal.json cannot be read");
}

TEST_F(CliValidate, ASealIsNeverReplacedAndSaysWhenItIsNotBlinded) {
    ASSERT_EQ(validate({write("blinded.csv", blinded), "--seal"}).exit_code, 0);
    const std::string before = slurp(out() / "seal.json");
    EXPECT_EQ(validate({write("blinded.csv", blinded), "--seal"}).exit_code,
              0);  // the same values: nothing changes
    EXPECT_EQ(slurp(out() / "seal.json"), before);
    refused({write("other.csv", "case,vessel,ffr_ct\nP1,LAD,0.71\n"), "--seal"}, 82,
            "a seal of other values");
    EXPECT_EQ(slurp(out() / "seal.json"), before);

    const auto open = folder_.path() / "open";
    const ProgramRun run =
        run_program({"validate", write("cohort.csv", cohort), "--seal", "-o", open.string()});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.err, HasSubstr("holds measured values"));
    EXPECT_EQ(nlohmann::json::parse(slurp(open / "seal.json"))["blinded"], false);
    EXPECT_THAT(slurp(open / "sealed.csv"), Not(HasSubstr("0.79")));  // a measured value
}

}  // namespace
}  // namespace ctffr

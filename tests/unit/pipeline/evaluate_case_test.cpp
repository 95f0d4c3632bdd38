// SPDX-License-Identifier: Apache-2.0
// Evaluation on files: what is read, what is written, what is refused.
#include "ctffr/pipeline/evaluate_case.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/result_json.hpp"
#include "ctffr/io/surface.hpp"
#include "support/json_schema.hpp"
#include "support/sample_result.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A finished case in a folder. `labels`: name of its label volume, or null for none.
void write_case(const fs::path& folder, const char* labels, bool plaque = false) {
    fs::create_directories(folder);
    const CaseResult result = test::sample_result();
    json text = json::parse(result_json(result));
    if (plaque)
        for (const Lesion& lesion : result.lesions)
            text["true_plaque"].push_back({{"branch", lesion.branch},
                                           {"kind", "mixed"},
                                           {"start_mm", lesion.start_mm},
                                           {"end_mm", lesion.end_mm},
                                           {"volume_mm3", 20.0},
                                           {"max_arc_deg", 120.0}});
    write_text_atomically(folder / "result.json", text.dump());
    write_surface_vtp(folder / "lumen.vtp", result.lumen.mesh, {});
    if (!labels) return;
    Segmentation segmentation;
    segmentation.geometry.size = {12, 10, 8};
    segmentation.labels.assign(12 * 10 * 8, 0);
    std::fill(segmentation.labels.begin() + 300, segmentation.labels.begin() + 330, 1);
    write_labels_nifti(folder / labels, segmentation);
}

TEST(EvaluateCase, WritesWhatItsSchemaSays) {
    const test::TemporaryFolder folder;
    write_case(folder.path() / "run", "segmentation.nii.gz");
    write_case(folder.path() / "truth", "labels.nii.gz", true);
    EvaluateRequest request;
    request.result = folder.path() / "run", request.truth = folder.path() / "truth" / "result.json";
    request.case_name = "sample", request.json = folder.path() / "out.json";
    const Evaluation evaluation = run_evaluate_case(request, ctffr::Run{});
    EXPECT_TRUE(evaluation.remarks.empty());
    const json written = json::parse(read_text(request.json));
    const json schema = json::parse(read_text(fs::path(CTFFR_SOURCE_DIR) / "docs/evaluation.schema.json"));
    EXPECT_EQ(test::schema_faults(written, schema), std::vector<std::string>{});
    EXPECT_EQ(written["case"], "sample");
    EXPECT_EQ(written["lesions"].size(), evaluation.lesions.size());
    ASSERT_FALSE(evaluation.lesions.empty());
    EXPECT_EQ(written["lesions"][0]["kind"], "mixed");
    // As many figures as lines, but for those without a value.
    std::size_t values = 0;
    for (const json& figure : written["figures"]) values += figure["value"].is_null() ? 0 : 1;
    const std::string lines = evaluation_lines(evaluation, "sample");
    EXPECT_EQ(values, static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n')));
    EXPECT_NE(lines.find("sample lumen-left-dice 1.0000 - - info"), std::string::npos) << lines;
    EXPECT_NE(lines.find("sample surface-whole-max 0.0000 mm - info"), std::string::npos) << lines;
}

TEST(EvaluateCase, MissingFilesCostTheirFiguresAndAreNamed) {
    const test::TemporaryFolder folder;
    write_case(folder.path() / "run", nullptr);
    write_case(folder.path() / "truth", "labels.nii.gz");
    fs::remove(folder.path() / "run/lumen.vtp");
    const Evaluation evaluation =
        run_evaluate_case({folder.path() / "run", folder.path() / "truth", "c", {}, {}}, ctffr::Run{});
    ASSERT_EQ(evaluation.remarks.size(), 2u);
    EXPECT_NE(evaluation.remarks[0].find("lumen.vtp"), std::string::npos);
    EXPECT_NE(evaluation.remarks[1].find("segmentation.nii.gz"), std::string::npos);
    EXPECT_TRUE(evaluation.masks.empty() && evaluation.surfaces.empty());
    EXPECT_EQ(evaluation.tree_overlap, 1);
}

TEST(EvaluateCase, ARejectedResultIsSaidInOneSentence) {
    const test::TemporaryFolder folder;
    CaseResult rejected;
    rejected.state = ResultState::rejected;
    rejected.reasons.push_back("No aorta was found.");
    write_text_atomically(folder.path() / "result.json", result_json(rejected));
    std::vector<std::string> remarks;
    try {
        read_evaluation_side(folder.path(), remarks);
        ADD_FAILURE() << "a rejected case was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input_unreadable);
        EXPECT_NE(std::string(error.what()).find("No aorta was found."), std::string::npos) << error.what();
        EXPECT_NE(std::string(error.what()).find("rejected"), std::string::npos) << error.what();
    }
}

TEST(EvaluateCase, BrokenPlaqueIsRefused) {
    const test::TemporaryFolder folder;
    write_case(folder.path(), nullptr);
    json text = json::parse(read_text(folder.path() / "result.json"));
    text["plaque"] = json::array({{{"branch", 1}}});
    write_text_atomically(folder.path() / "result.json", text.dump());
    std::vector<std::string> remarks;
    try {
        read_evaluation_side(folder.path(), remarks);
        ADD_FAILURE() << "broken plaque was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input_unreadable);
    }
}

}  // namespace
}  // namespace ctffr

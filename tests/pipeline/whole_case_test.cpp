// SPDX-License-Identifier: Apache-2.0
// The whole way on a small virtual patient: DICOM series in, result out; then from its truth instead of the
// image.
#include <atomic>
#include <cmath>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ctffr/io/case_file.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/surface.hpp"
#include "ctffr/pipeline/phantom_case.hpp"
#include "ctffr/pipeline/run_case.hpp"
#include "support/json_schema.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// The smallest series that the quality gate lets through: pixels and slices at its limits.
PhantomRequest small_patient(const fs::path& out) {
    PhantomRequest request;
    request.options = phantom_preset("healthy");
    request.options.seed = 11;
    request.options.scanner.matrix = 288;
    request.options.scanner.slices = 200;
    request.options.scanner.fov_mm = {125, 125};
    request.options.scanner.slice_spacing_mm = {0.6, 0.6};
    request.out = out;
    request.calcium_series = true;
    return request;
}

RunRequest quick_request(const fs::path& out) {
    RunRequest request;
    request.out = out;
    request.flow = "reduced";  // the 3-D flow has its own cases
    request.lumen.surface_spacing_mm = 0.4;
    request.centerline.min_radius_mm = 0.9;
    request.software = {"0.1.0", "test", "CPU"};
    return request;
}

json read_json(const fs::path& path) { return json::parse(read_text(path)); }

std::vector<std::string> schema_faults_of(const fs::path& result) {
    return test::schema_faults(read_json(result),
                               read_json(fs::path(CTFFR_SOURCE_DIR) / "docs/result.schema.json"));
}

// Length (mm) of the branch chain of every vessel, by name.
double vessel_length_mm(const json& result, const std::string& name) {
    for (const json& vessel : result["vessels"])
        if (vessel["name"] == name) return vessel["length_mm"].get<double>();
    return 0;
}

class WholeCase : public testing::Test {
   protected:
    // One patient serves all tests: making it is the expensive part.
    static void SetUpTestSuite() {
        folder_ = std::make_unique<test::TemporaryFolder>();
        run_phantom_case(small_patient(patient()), ctffr::Run{});
    }
    static void TearDownTestSuite() { folder_.reset(); }
    static fs::path patient() { return folder_->path() / "patient"; }
    static fs::path truth(const char* file) { return patient() / "truth" / file; }

    static std::unique_ptr<test::TemporaryFolder> folder_;
};
std::unique_ptr<test::TemporaryFolder> WholeCase::folder_;

TEST_F(WholeCase, PatientOnDiskIsComplete) {
    for (const char* name :
         {"patient.json", "phantom.toml", "series/IM0001.dcm", "series/IM0200.dcm", "truth/result.json",
          "truth/lumen.vtp", "truth/centerline.vtp", "truth/labels.nii.gz", "calcium/IM0001.dcm"})
        EXPECT_TRUE(fs::exists(patient() / name)) << name;
    const json result = read_json(truth("result.json"));
    EXPECT_EQ(result["ostia"].size(), 2u);
    EXPECT_GT(vessel_length_mm(result, "LAD"), 60);
    const TriangleMesh lumen = read_surface(truth("lumen.vtp"));
    EXPECT_EQ(open_edges(lumen), 0);
    EXPECT_GT(enclosed_volume_mm3(lumen), 500);
    // A complete patient is not replaced unasked.
    EXPECT_THROW(run_phantom_case(small_patient(patient()), ctffr::Run{}), Error);
}

TEST_F(WholeCase, SeriesToFfr) {
    RunRequest request = quick_request(folder_->path() / "image");
    request.series = patient() / "series";
    request.calcium_series = patient() / "calcium";
    const CaseResult result = run_case(request, ctffr::Run{});
    EXPECT_NE(result.state, ResultState::rejected) << testing::PrintToString(result.reasons);
    EXPECT_THAT(schema_faults_of(request.out / "result.json"), testing::IsEmpty());
    for (const char* name :
         {"result.json", "centerline.vtp", "lumen.vtp", "segmentation.nii.gz", "report.html", "case.h5"})
        EXPECT_TRUE(fs::exists(request.out / name)) << name;
    // Both systems are found where they are.
    const json true_result = read_json(truth("result.json"));
    for (const json& ostium : true_result["ostia"]) {
        const Vec3 at{ostium["lps_mm"][0], ostium["lps_mm"][1], ostium["lps_mm"][2]};
        double nearest = 1e9;
        for (int root : result.tree.roots())
            nearest = std::min(
                nearest,
                distance(
                    at, result.tree.branches[static_cast<std::size_t>(root)].points.front().position_lps_mm));
        EXPECT_LT(nearest, 4) << ostium["side"];
    }
    // Pressure falls along every branch up to the recovery behind a narrowing, and FFR is a fraction.
    for (const auto& branch : result.ffr.ffr)
        for (double ffr : branch)
            if (std::isfinite(ffr)) {
                EXPECT_GT(ffr, 0);
                EXPECT_LE(ffr, 1.0 + 1e-9);
            }
    // The scan without contrast lies in the same frame of reference; a healthy patient has no calcium.
    EXPECT_TRUE(result.calcium.measured) << testing::PrintToString(result.reasons);
    EXPECT_NE(result.calcium.restricted_by.find("same frame of reference"), std::string::npos);
    EXPECT_EQ(result.calcium.agatston, 0);
    EXPECT_TRUE(result.plaque.measured()) << result.plaque.why_not;
    EXPECT_FALSE(result.cad_rads.category.empty());
    // A second run takes every stage from the case file and writes the same result.
    const std::string first = read_text(request.out / "result.json");
    std::vector<std::string> messages;
    ctffr::Run run;
    run.log_sink = [&](LogLevel, const std::string& text) { messages.push_back(text); };
    (void)run_case(request, run);
    EXPECT_EQ(read_text(request.out / "result.json"), first);
    for (const char* stage :
         {"segment", "centerline", "lumen", "boundary", "solve", "ffr", "plaque", "calcium"})
        EXPECT_THAT(messages, testing::Contains(testing::StartsWith(std::string(stage) + ": taken")))
            << stage;
}

// A weight that is no number: the tree is then found without the network, and the result says so.
TEST_F(WholeCase, DamagedHeartNetworkLeavesTheClassicalTree) {
    const fs::path weights = fs::path(CTFFR_SOURCE_DIR) / "src/network/weights";
    std::string onnx = read_text(weights / "heart.onnx");
    onnx.replace(onnx.size() / 2, 4, "\xff\x7f\xff\x7f");  // amid the half-precision weights
    json sidecar = read_json(weights / "heart.json");
    sidecar["sha256"] = sha256_hex(onnx);
    RunRequest request = quick_request(folder_->path() / "damaged");
    request.series = patient() / "series";
    request.heart_network = folder_->path() / "damaged.onnx";
    write_text_atomically(request.heart_network, onnx);
    write_text_atomically(folder_->path() / "damaged.json", sidecar.dump());
    const CaseResult result = run_case(request, ctffr::Run{});
    EXPECT_EQ(read_json(request.out / "result.json")["tree"]["method"], "classical");
    EXPECT_THAT(result.reasons, testing::Contains(testing::HasSubstr("found without the heart network")));
    EXPECT_FALSE(result.ffr.ffr.empty());
}

TEST_F(WholeCase, TrueMaskToFfr) {
    RunRequest request = quick_request(folder_->path() / "mask");
    request.mask = truth("labels.nii.gz");
    // The truth labels hold the whole heart; a user's mask holds the coronaries.
    Segmentation labels = read_labels(request.mask);
    for (std::uint8_t& label : labels.labels)
        if (label != 1 && label != 2) label = 0;
    request.mask = folder_->path() / "coronaries.nii.gz";
    write_labels_nifti(request.mask, labels);
    const CaseResult result = run_case(request, ctffr::Run{});
    EXPECT_EQ(result.input_kind, "mask");
    EXPECT_TRUE(fs::exists(request.out / "segmentation.nii.gz"));
    EXPECT_GE(result.tree.roots().size(), 2u);
}

TEST_F(WholeCase, TrueSurfaceWithTrueCenterlinesAgreesWithTheTruthFlow) {
    RunRequest request = quick_request(folder_->path() / "surface");
    request.lumen_surface = truth("lumen.vtp");
    request.centerlines = truth("centerline.vtp");
    request.facts = read_patient_file(patient() / "patient.json");
    const json true_result = read_json(truth("result.json"));
    request.facts.facts.lv_mass_g = true_result["heart"]["lv_mass_g"].get<double>();
    request.facts.sources["lv_mass_g"] = "truth";
    const CaseResult result = run_case(request, ctffr::Run{});
    int compared = 0;
    EXPECT_EQ(result.input_kind, "surface");
    EXPECT_FALSE(fs::exists(request.out / "segmentation.nii.gz"));
    const json got = read_json(request.out / "result.json");
    EXPECT_THAT(schema_faults_of(request.out / "result.json"), testing::IsEmpty());
    for (const char* name : {"LAD", "LCX", "RCA"})
        EXPECT_NEAR(vessel_length_mm(got, name), vessel_length_mm(true_result, name),
                    0.03 * vessel_length_mm(true_result, name))
            << name;
    // The same model on sections measured from the triangles instead of the exact ones.
    for (const json& vessel : true_result["vessels"])
        for (const json& other : got["vessels"])
            if (vessel["name"] == other["name"] && vessel["ffr_distal"].is_number()) {
                EXPECT_NEAR(other["ffr_distal"].get<double>(), vessel["ffr_distal"].get<double>(), 0.02)
                    << vessel["name"];
                ++compared;
            }
    EXPECT_GE(compared, 3);
    EXPECT_EQ(got["patient"]["age_years"]["source"], "patient file");
}

TEST_F(WholeCase, CoarseScanIsRejectedWithReasonsAndNoFfr) {
    PhantomRequest coarse = small_patient(folder_->path() / "coarse");
    coarse.options.scanner.matrix = 128;
    coarse.options.scanner.slices = 60;
    coarse.options.scanner.slice_spacing_mm = {2, 2};
    coarse.truth_flow = false;
    run_phantom_case(coarse, ctffr::Run{});
    RunRequest request = quick_request(folder_->path() / "rejected");
    request.series = coarse.out / "series";
    const CaseResult result = run_case(request, ctffr::Run{});
    EXPECT_EQ(result.state, ResultState::rejected);
    EXPECT_FALSE(result.reasons.empty());
    const json written = read_json(request.out / "result.json");
    EXPECT_EQ(written["failure"]["code"], "quality-rejected");
    EXPECT_EQ(written["input"]["quality"]["grade"], "reject");
    EXPECT_TRUE(written["vessels"].empty());
    EXPECT_FALSE(fs::exists(request.out / "report.html"));
}

TEST_F(WholeCase, CancelledRunKeepsFinishedStages) {
    RunRequest request = quick_request(folder_->path() / "cancelled");
    request.centerlines = truth("centerline.vtp");
    std::atomic<bool> cancel{false};
    ctffr::Run run;
    run.cancel = &cancel;
    CaseHooks hooks;
    int finished = 0;
    hooks.stage_finished = [&] { cancel = ++finished == 2; };
    try {
        (void)run_case(request, run, hooks);
        FAIL() << "the run did not stop";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::interrupted);
    }
    EXPECT_FALSE(fs::exists(request.out / "result.json"));
    EXPECT_EQ(CaseFile(request.out / "case.h5").key_of("centerline").size(), 64u);
    EXPECT_EQ(CaseFile(request.out / "case.h5").key_of("lumen"), "");
}

}  // namespace
}  // namespace ctffr

// SPDX-License-Identifier: Apache-2.0
// A small case with the 3-D flow: its files, interruption in the solver, change of the flow model, the mesh
// as a file.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/io/case_file.hpp"
#include "ctffr/io/flow_mesh_file.hpp"
#include "support/json_schema.hpp"
#include "support/program.hpp"
#include "support/small_case.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

using test::fingerprint;
using test::ProgramRun;
using test::run_program;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class CliFlow3d : public testing::Test {
   protected:
    std::vector<std::string> words(const std::filesystem::path& out, const char* flow = "steady") const {
        return {"run",        "--centerlines",
                centerlines_, "-o",
                out.string(), "--lumen-surface-spacing-mm",
                "0.3",        "--flow",
                flow,         "--mesh-cells-per-diameter",
                "14"};
    }
    static double ffr(const nlohmann::json& result, std::size_t branch, std::size_t point) {
        return result["branches"][branch]["points"][point]["ffr"].get<double>();
    }

    test::TemporaryFolder folder_;
    std::string centerlines_ = test::write_small_centerlines(folder_.path()).string();
};

TEST_F(CliFlow3d, CaseHasItsFieldsAndAgreesWithTheReducedModel) {
    const auto out = folder_.path() / "out", reduced = folder_.path() / "reduced";
    const ProgramRun run = run_program(words(out));
    ASSERT_EQ(run.exit_code, 0) << run.err;
    ASSERT_EQ(run_program(words(reduced, "reduced")).exit_code, 0);
    const auto result = test::read_result(out), other = test::read_result(reduced);
    EXPECT_THAT(test::schema_faults(
                    result, nlohmann::json::parse(test::slurp(std::filesystem::path(CTFFR_SOURCE_DIR) /
                                                              "docs/result.schema.json"))),
                testing::IsEmpty());
    const auto& solver = result["solver"];
    EXPECT_EQ(solver["model"], "steady-3d");
    EXPECT_EQ(solver["status"], "converged");
    EXPECT_GT(solver["cells"].get<int>(), 5000);
    EXPECT_EQ(solver["residuals"].size(), solver["iterations"].get<std::size_t>());
    EXPECT_LT(solver["mass_imbalance"].get<double>(), 1e-6);
    EXPECT_LT(solver["iteration_error_ffr"].get<double>(), 1e-3);
    EXPECT_GT(solver["mesh_error_ffr"].get<double>(), 0);
    // Two independent models.
    double most = 0;
    for (std::size_t b = 0; b < 3; ++b)
        for (std::size_t i = 0; i < result["branches"][b]["points"].size(); ++i)
            most = std::max(most, std::abs(ffr(result, b, i) - ffr(other, b, i)));
    EXPECT_LT(most, 0.04);
    const auto& misfit = solver["reduced_misfit_ffr"];
    EXPECT_NEAR(misfit["before"].get<double>(), most, 1e-4);
    // The fit meets the 3-D pressures at the ends of stretches (test_flow); in the jet between them it leaves
    // what the models differ by.
    EXPECT_LT(misfit["after"].get<double>(), 0.01);
    EXPECT_TRUE(other["solver"]["reduced_misfit_ffr"]["after"].is_null());
    EXPECT_GT(result["branches"][1]["points"].back()["ffr_sd"].get<double>(), 0);
    for (const char* stage : {"mesh", "solve"}) EXPECT_TRUE(result["timings_s"].contains(stage));
    EXPECT_FALSE(other["timings_s"].contains("mesh"));
    // The field lies where the lumen lies, in millimetres, on a mesh that can be read again.
    EXPECT_THAT(test::slurp(out / "lumen.vtp"), HasSubstr("wss_pa"));
    const std::string vtu = test::slurp(out / "flow.vtu");
    for (const char* name : {"velocity_m_s", "pressure_mmhg", "\"ffr\""}) EXPECT_THAT(vtu, HasSubstr(name));
    const FlowMesh mesh = read_flow_mesh(out / "flow.vtu");
    EXPECT_EQ(mesh.cells, solver["cells"].get<Index>());
    EXPECT_FALSE(std::filesystem::exists(reduced / "flow.vtu"));
    // Another model in the same folder: the field of the old one does not stay behind.
    const ProgramRun solve = run_program({"solve", out.string(), "--flow", "reduced"});
    ASSERT_EQ(solve.exit_code, 0) << solve.err;
    EXPECT_THAT(solve.err, HasSubstr("lumen: taken from the case file"));
    EXPECT_FALSE(std::filesystem::exists(out / "flow.vtu"));
    EXPECT_EQ(ffr(test::read_result(out), 1, 44), ffr(other, 1, 44));
}

TEST_F(CliFlow3d, AHeartBeatIn3dHasWavesAndAWall) {
    const auto out = folder_.path() / "out";
    auto beat = words(out, "pulsatile-3d");
    beat.insert(beat.end(), {"--pulsatile3d-cells-per-diameter", "6", "--pulsatile3d-steps", "200",
                             "--pulsatile3d-tolerance", "0.01"});
    const ProgramRun run = run_program(beat);
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const auto result = test::read_result(out);
    EXPECT_THAT(test::schema_faults(
                    result, nlohmann::json::parse(test::slurp(std::filesystem::path(CTFFR_SOURCE_DIR) /
                                                              "docs/result.schema.json"))),
                testing::IsEmpty());
    EXPECT_EQ(result["solver"]["model"], "steady-3d");
    const auto& pulse = result["pulsatile"];
    ASSERT_EQ(pulse["status"], "converged") << pulse["note"];
    EXPECT_EQ(pulse["model"], "3d");
    EXPECT_LT(pulse["mass_imbalance"].get<double>(), 1e-8);
    EXPECT_EQ(pulse["lesions"].size(), result["lesions"].size());
    for (const char* name : {"tawss_pa", "osi", "rrt_1_pa", "wss_pa"})
        EXPECT_THAT(test::slurp(out / "lumen.vtp"), HasSubstr(name));
    for (const char* name : {"mean_velocity_m_s", "mean_pressure_mmhg", "velocity_m_s"})
        EXPECT_THAT(test::slurp(out / "flow.vtu"), HasSubstr(name));
    EXPECT_TRUE(std::filesystem::exists(out / "waveforms.csv"));
    // Again: nothing is computed, and the files are the same.
    const auto want = fingerprint(out);
    const ProgramRun again = run_program(beat);
    ASSERT_EQ(again.exit_code, 0) << again.err;
    EXPECT_THAT(again.err, HasSubstr("pulsatile: taken from the case file"));
    EXPECT_EQ(fingerprint(out), want);
}

TEST_F(CliFlow3d, ABeatWithoutAStartLeavesTheSteadyResult) {
    const auto out = folder_.path() / "out";
    auto beat = words(out, "pulsatile-3d");
    // One Newton step: the network that the beat starts from has no solution.
    beat.insert(beat.end(), {"--solve-max-iterations", "1", "--flow3d-coarse-first", "false"});
    const ProgramRun run = run_program(beat);
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const auto result = test::read_result(out);
    EXPECT_EQ(result["state"], "ok");
    EXPECT_GT(ffr(result, 1, 44), 0.3);
    EXPECT_EQ(result["pulsatile"]["status"], "max-iterations");
    EXPECT_TRUE(result["pulsatile"]["probes"].empty());
    EXPECT_THAT(result["reasons"].dump(), HasSubstr("heart beat is not available"));
}

TEST_F(CliFlow3d, InterruptedInTheSolverItResumesToTheSameBits) {
    const auto reference = folder_.path() / "reference", out = folder_.path() / "out";
    const ProgramRun whole = run_program(words(reference));
    ASSERT_EQ(whole.exit_code, 0) << whole.err;
    const auto want = fingerprint(reference);
    EXPECT_TRUE(want.count("flow.vtu"));
    // A moment in the second half of the flow stage.
    const auto times = test::read_result(reference)["timings_s"];
    const double until = times["total"].get<double>() - times["report"].get<double>() -
                         times["ffr"].get<double>() - 0.5 * times["solve"].get<double>();
    test::ProgramOptions options;
    options.signal_after_s = until + 0.3;
    const ProgramRun broken = run_program(words(out), options);
    ASSERT_EQ(broken.exit_code, 130) << broken.err;
    EXPECT_FALSE(std::filesystem::exists(out / "result.json"));
    EXPECT_EQ(CaseFile(out / "case.h5").key_of("mesh").size(), 64u);
    EXPECT_EQ(CaseFile(out / "case.h5").key_of("solve"), "");
    const ProgramRun resumed = run_program(words(out));
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_EQ(fingerprint(out), want);
    // Nothing is left to do: neither mesh nor field is made again, and a lost field is.
    const ProgramRun again = run_program(words(out));
    EXPECT_THAT(again.err, HasSubstr("solve: taken from the case file"));
    EXPECT_THAT(again.err, Not(HasSubstr("Flow mesh:")));
    std::filesystem::remove(out / "flow.vtu");
    ASSERT_EQ(run_program({"report", out.string()}).exit_code, 0);
    EXPECT_EQ(fingerprint(out), want);
}

TEST_F(CliFlow3d, NoSolutionIsExitCode60AndNoNumber) {
    const auto out = folder_.path() / "out";
    std::vector<std::string> hasty = words(out);
    hasty.insert(hasty.end(), {"--flow3d-max-iterations", "2"});
    const ProgramRun run = run_program(hasty);
    EXPECT_EQ(run.exit_code, 60) << run.err;
    EXPECT_THAT(run.err, HasSubstr("max-iterations"));
    const auto result = test::read_result(out);
    EXPECT_EQ(result["state"], "rejected");
    EXPECT_EQ(result["failure"]["code"], "not-converged");
    EXPECT_TRUE(result["branches"].empty());
    EXPECT_FALSE(std::filesystem::exists(out / "flow.vtu"));
}

TEST_F(CliFlow3d, MeshAsAFile) {
    const auto out = folder_.path() / "out";
    ASSERT_EQ(run_program(words(out, "reduced")).exit_code, 0);
    const auto before = fingerprint(out);
    const ProgramRun vtu = run_program({"mesh", out.string()});
    ASSERT_EQ(vtu.exit_code, 0) << vtu.err;
    const FlowMesh mesh = read_flow_mesh(out / "flow-mesh.vtu");
    const auto foam = folder_.path() / "foam";
    const ProgramRun written = run_program({"mesh", out.string(), "--format", "foam", "-o", foam.string()});
    ASSERT_EQ(written.exit_code, 0) << written.err;
    const FlowMesh same = read_flow_mesh(foam);
    EXPECT_EQ(same.cells, mesh.cells);
    EXPECT_NEAR(quality_of(same).volume / quality_of(mesh).volume, 1, 1e-9);
    const ProgramRun coarser = run_program({"mesh", out.string(), "--mesh-cells-per-diameter", "8", "-o",
                                            (folder_.path() / "coarser.vtu").string()});
    ASSERT_EQ(coarser.exit_code, 0) << coarser.err;
    EXPECT_LT(2 * read_flow_mesh(folder_.path() / "coarser.vtu").cells, mesh.cells);
    const ProgramRun swept = run_program({"mesh", out.string(), "--vessel", "0"});
    ASSERT_EQ(swept.exit_code, 0) << swept.err;
    const FlowMesh vessel = read_flow_mesh(out / "flow-mesh-0.vtu");
    EXPECT_LT(quality_of(vessel).volume, quality_of(mesh).volume);
    const ProgramRun unknown = run_program({"mesh", out.string(), "--vessel", "XYZ"});
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_THAT(unknown.err, HasSubstr("number of a branch"));
    EXPECT_EQ(fingerprint(out), before);
    EXPECT_EQ(run_program({"mesh", folder_.path().string()}).exit_code, 10);
    EXPECT_EQ(run_program({"mesh", out.string(), "--format", "foam", "-o", "x.vtu"}).exit_code, 2);
}

}  // namespace
}  // namespace ctffr

// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/physiology_file.hpp"

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "support/temporary_folder.hpp"

namespace ctffr {
namespace {

const auto nothing_typed = [](const char*) { return false; };

TEST(PhysiologyFile, EveryBoundaryOptionSurvives) {
    const test::TemporaryFolder folder;
    TruePhysiology physiology;
    physiology.boundary.total_flow_ml_min = 512.25, physiology.boundary.aortic_pressure_mmhg = 84.5;
    physiology.boundary.microvascular_factor = 1.5, physiology.boundary.side_branch_leak = false;
    physiology.boundary.share_lad_pct = 41, physiology.boundary.outlet_exponent = 2.61;
    physiology.drawn["hematocrit"] = 0.4;
    write_physiology_file(folder.path() / "p.json", physiology);
    RunRequest request, expected;
    expected.boundary = physiology.boundary;
    read_physiology_file(folder.path() / "p.json", request, nothing_typed);
    EXPECT_EQ(resolved_toml(request), resolved_toml(expected));
    // What was typed stays.
    RunRequest typed;
    typed.boundary.outlet_exponent = 2.2;
    read_physiology_file(folder.path() / "p.json", typed,
                         [](const char* flag) { return std::string(flag) == "--outlet-exponent"; });
    EXPECT_EQ(typed.boundary.outlet_exponent, 2.2);
    EXPECT_EQ(typed.boundary.total_flow_ml_min, 512.25);
}

TEST(PhysiologyFile, FaultsAreNamed) {
    const test::TemporaryFolder folder;
    const auto message = [&](const std::string& text) {
        write_text_atomically(folder.path() / "p.json", text);
        try {
            RunRequest request;
            read_physiology_file(folder.path() / "p.json", request, nothing_typed);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string("nothing was thrown");
    };
    EXPECT_NE(message(R"({"boundary": {"flow_facto": 12}})").find("'flow_factor'"), std::string::npos);
    EXPECT_NE(message(R"({"boundary": {"flow_factor": "12"}})").find("--flow-factor"), std::string::npos);
    EXPECT_NE(message(R"({"flow_factor": 12})").find("object \"boundary\""), std::string::npos);
    EXPECT_NE(message(R"({"boundary": {}, "bondary": {}})").find("did you mean 'boundary'"),
              std::string::npos);
    RunRequest request;
    EXPECT_THROW(read_physiology_file(folder.path() / "none.json", request, nothing_typed), Error);
}

}  // namespace
}  // namespace ctffr

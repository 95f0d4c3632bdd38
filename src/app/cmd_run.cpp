// SPDX-License-Identifier: Apache-2.0
// `ctffr run`, and the commands that redo one stage of a finished case.
#include "app/command.hpp"
#include "app/request_options.hpp"
#include "ctffr/pipeline/case_mesh.hpp"

namespace ctffr {

namespace {

void add_inputs(CLI::App& app, RunRequest& request) {
    app.add_option("SERIES", request.series,
                   "CT series: a DICOM folder or file, or a NIfTI, NRRD or MetaImage volume in HU");
    app.add_option("-o,--out", request.out, "output folder")->required();
    app.add_option("--series", request.series_uid, "series UID to take from a folder with several");
    app.add_option("--mask", request.mask,
                   "start from this label volume of the lumen (NIfTI, NRRD, MetaImage)");
    app.add_option("--lumen", request.lumen_surface,
                   "start from this closed lumen surface (STL, VTP; LPS mm)");
    app.add_option("--centerlines", request.centerlines,
                   "start from these centerlines (VTP polylines with radius_mm; LPS mm)");
    app.add_option("--calcium-series", request.calcium_series,
                   "CT without contrast of the same examination (DICOM, NIfTI, NRRD, MetaImage), for the "
                   "calcium score");
    app.add_flag("--overwrite", request.overwrite, "replace a case of another input in the output folder");
}

class RunCommand : public Command {
   public:
    std::string name() const override { return "run"; }
    std::string help() const override { return "A CT series in, FFR along the coronary tree out"; }
    void add_options(CLI::App& app, const std::vector<std::string>&) override {
        add_inputs(app, request_);
        add_fact_options(app, facts_);
        add_physiology_option(app, physiology_);
        add_common_options(app, request_);
    }
    ExitCode execute(Session& session) override {
        apply_facts(facts_, request_);
        apply_physiology(physiology_, request_);
        request_.software = session.software();
        return run_and_print(request_, session);
    }

   private:
    RunRequest request_;
    FactOptions facts_;
    PhysiologyOption physiology_;
};

// The stages whose options a redo command takes: its own and everything behind it.
std::vector<std::string> groups_from(const std::string& stage) {
    std::vector<std::string> groups;
    bool reached = false;
    for (const std::string& name : stage_names()) {
        reached = reached || name == stage;
        if (reached) groups.push_back(name);
        if (reached && name == "solve") groups.push_back("flow3d");
        if (reached && name == "boundary") groups.push_back("labels");
    }
    return groups;
}

// The stored request gives the defaults; the options then change it. Without a folder, help shows our
// defaults.
void take_stored_request(const std::vector<std::string>& words, RunRequest& request) {
    std::error_code ignored;
    for (const std::string& word : words)
        if (word.rfind("--", 0) != 0 &&
            std::filesystem::exists(std::filesystem::path(word) / "case.h5", ignored)) {
            request = stored_request(word);
            return;
        }
}

// `solve` starts at the boundary conditions: that is where its options are.
class RedoCommand : public Command {
   public:
    RedoCommand(std::string name, std::string stage, std::string help)
        : name_(std::move(name)), stage_(std::move(stage)), help_(std::move(help)) {}
    std::string name() const override { return name_; }
    std::string help() const override { return help_; }
    void add_options(CLI::App& app, const std::vector<std::string>& words) override {
        take_stored_request(words, request_);
        app.add_option("CASE", folder_, "output folder of an earlier run")->required();
        if (stage_ != "report") {
            add_flow_option(app, request_), add_fact_options(app, facts_);
            add_physiology_option(app, physiology_);
        }
        add_stage_options(app, request_, groups_from(stage_));
    }
    ExitCode execute(Session& session) override {
        if (request_.out.empty()) request_ = stored_request(folder_);
        apply_facts(facts_, request_);
        apply_physiology(physiology_, request_);
        request_.software = session.software();
        request_.redo_from = stage_;
        return run_and_print(request_, session);
    }

   private:
    std::string name_, stage_, help_;
    std::filesystem::path folder_;
    RunRequest request_;
    FactOptions facts_;
    PhysiologyOption physiology_;
};

class MeshCommand : public Command {
   public:
    std::string name() const override { return "mesh"; }
    std::string help() const override { return "Write the 3-D flow mesh of a case"; }
    void add_options(CLI::App& app, const std::vector<std::string>& words) override {
        take_stored_request(words, request_);
        app.add_option("CASE", folder_, "output folder of an earlier run")->required();
        app.add_option("--format", format_, "vtu (VTK, LPS mm) or foam (OpenFOAM polyMesh, m)")
            ->check(CLI::IsMember({"vtu", "foam"}))
            ->capture_default_str();
        app.add_option("-o,--out", path_, "file or folder to write [CASE/flow-mesh.vtu or CASE/polyMesh]");
        app.add_option(
            "--vessel", vessel_,
            "only this vessel (LAD, RCA ... or the number of a branch), as a swept hexahedral mesh "
            "with side branches closed");
        add_stage_options(app, request_, {"mesh"});
    }
    ExitCode execute(Session& session) override {
        if (request_.out.empty()) request_ = stored_request(folder_);
        write_case_mesh(request_, format_, vessel_, path_, session.run());
        return ExitCode::ok;
    }

   private:
    std::filesystem::path folder_, path_;
    std::string format_ = "vtu", vessel_;
    RunRequest request_;
};

}  // namespace

std::unique_ptr<Command> make_run_command() { return std::make_unique<RunCommand>(); }

std::vector<std::unique_ptr<Command>> make_redo_commands() {
    std::vector<std::unique_ptr<Command>> commands;
    const auto add = [&](const char* name, const char* stage, const char* help) {
        commands.push_back(std::make_unique<RedoCommand>(name, stage, help));
    };
    add("segment", "segment", "Redo a case from the segmentation on");
    add("centerline", "centerline", "Redo a case from the centerline tree on");
    add("lumen", "lumen", "Redo a case from the lumen on");
    add("solve", "boundary", "Redo a case from the boundary conditions and the flow on");
    commands.push_back(std::make_unique<MeshCommand>());
    add("report", "report", "Write the outputs and the report of a case again");
    return commands;
}

}  // namespace ctffr

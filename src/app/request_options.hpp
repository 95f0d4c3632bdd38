// SPDX-License-Identifier: Apache-2.0
// Command-line options of a case, shared by `run` and the commands that redo a stage.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "app/session.hpp"
#include "ctffr/pipeline/request.hpp"
#include "ctffr/pipeline/run_case.hpp"

namespace ctffr {

// Facts as typed, before they are merged: options win over the patient file.
struct FactOptions {
    std::string patient_file, sex;
    PatientFacts typed;
};

void add_fact_options(CLI::App& app, FactOptions& options);
// Puts patient file and options over the facts that `request` already has.
void apply_facts(const FactOptions& options, RunRequest& request);

// `--physiology FILE`: boundary options from a file; those on the command line or in the config file win.
struct PhysiologyOption {
    CLI::App* app = nullptr;
    std::string file;
};
void add_physiology_option(CLI::App& app, PhysiologyOption& option);
void apply_physiology(const PhysiologyOption& option, RunRequest& request);

// Options of the named groups of stages (all groups when empty), bound to `request`.
void add_stage_options(CLI::App& app, RunRequest& request, const std::vector<std::string>& groups = {});

// The flow model alone, as the commands that redo a stage have it.
void add_flow_option(CLI::App& app, RunRequest& request);
// Networks, flow model and all stages: what a run has beside its inputs and facts.
void add_common_options(CLI::App& app, RunRequest& request);

// Runs the case with log and messages, prints the FFR table, times and files. Returns the exit code.
ExitCode run_and_print(const RunRequest& request, Session& session);

}  // namespace ctffr

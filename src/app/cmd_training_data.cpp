// SPDX-License-Identifier: Apache-2.0
// `ctffr training-data`: samples on which the networks are trained (tools/train).
#include <map>
#include <string>

#include "app/command.hpp"
#include "app/command_line.hpp"
#include "app/phantom_flags.hpp"
#include "ctffr/pipeline/training_case.hpp"

namespace ctffr {

namespace {

class TrainingDataCommand : public Command {
   public:
    std::string name() const override { return "training-data"; }
    std::string help() const override {
        return "Samples for training the networks, from virtual patients or a case";
    }
    void add_options(CLI::App& app, const std::vector<std::string>& words) override {
        const std::string preset = value_among(words, "--preset");
        request_.patient = phantom_preset(preset.empty() ? "training" : preset);
        app.add_option("--network", request_.network,
                       "network to be trained: lumen or heart (coarse tree and anatomy)")
            ->transform(CLI::CheckedTransformer(std::map<std::string, TrainedNetwork>{
                {"lumen", TrainedNetwork::lumen}, {"heart", TrainedNetwork::heart}}))
            ->default_str("lumen");
        app.add_option("-o,--out", request_.out, "folder for the samples, one HDF5 file per patient")
            ->required();
        app.add_option("--preset", preset_, "named set of options of the virtual patients")
            ->default_str(request_.patient.preset);
        app.add_option("--seed", request_.patient.seed, "first virtual patient")->capture_default_str();
        app.add_option("--cohort", request_.cohort, "number of virtual patients")
            ->check(CLI::Range(1, 100000));
        app.add_option("--variants", request_.polar.variants,
                       "lumen: passes over each tree, every one with its own displacement and scale")
            ->capture_default_str();
        auto* of_case = app.add_option("--case", request_.case_path,
                                       "folder of a run whose lumen is taken as true (checked by a reader)");
        app.add_option("--series", request_.series, "the images of that case")->needs(of_case);
        of_case->needs("--series");
        add_phantom_draws(app, request_.patient);
    }
    ExitCode execute(Session& session) override {
        request_.software = session.software();
        run_training_data(request_, session.run());
        session.print_profile();
        return ExitCode::ok;
    }

   private:
    TrainingRequest request_;
    std::string preset_;
};

}  // namespace

std::unique_ptr<Command> make_training_data_command() { return std::make_unique<TrainingDataCommand>(); }

}  // namespace ctffr

// SPDX-License-Identifier: Apache-2.0
// `ctffr phantom`: virtual patients.
#include <map>

#include "app/command.hpp"
#include "app/command_line.hpp"
#include "app/phantom_flags.hpp"
#include "ctffr/pipeline/phantom_case.hpp"

namespace ctffr {

namespace {

const std::map<std::string, DicomCompression>& compressions() {
    static const std::map<std::string, DicomCompression> names{
        {"none", DicomCompression::none},
        {"rle", DicomCompression::rle},
        {"jpeg-lossless", DicomCompression::jpeg_lossless},
        {"jpeg-ls", DicomCompression::jpeg_ls},
        {"jpeg-2000", DicomCompression::jpeg_2000}};
    return names;
}

class PhantomCommand : public Command {
   public:
    std::string name() const override { return "phantom"; }
    std::string help() const override {
        return "Virtual patients: a CT series as a scanner sends it, and the truth";
    }

    void add_options(CLI::App& app, const std::vector<std::string>& words) override {
        // The preset sets the defaults of all other options, so it is looked up before they are bound.
        if (const std::string preset = preset_of(words); !preset.empty())
            request_.options = phantom_preset(preset);
        app.add_option("-o,--out", request_.out, "output folder")->required();
        app.add_option("--seed", request_.options.seed, "which patient: same seed, same bits")
            ->capture_default_str();
        app.add_option("--preset", preset_, "named set of options: healthy, diseased, heldout")
            ->default_str(request_.options.preset);
        app.add_option("--cohort", request_.cohort,
                       "make N patients, seeds SEED to SEED+N-1, in DIR/seed-NNNN")
            ->check(CLI::Range(1, 100000));
        app.add_option("--sex", sex_, "F or M; drawn when not given")->check(CLI::IsMember({"F", "M"}));
        app.add_option("--compression", compression_, "DICOM: none, rle, jpeg-lossless, jpeg-ls or jpeg-2000")
            ->capture_default_str();
        app.add_option("--enhanced", request_.enhanced, "one enhanced multi-frame file [true|false]")
            ->capture_default_str();
        app.add_option("--truth-flow", request_.truth_flow,
                       "solve the reduced model on the true lumen [true|false]")
            ->capture_default_str();
        app.add_flag(
            "--calcium-series", request_.calcium_series,
            "write a matching scan without contrast to DIR/calcium as well (120 kV, slices of 3 mm)");
        app.add_option(
               "--truth-physiology", request_.truth_physiology,
               "flow, pressures, blood and outlets of the truth: by the default rules, or drawn from their "
               "spread between patients [default|drawn]")
            ->check(CLI::IsMember({"default", "drawn"}))
            ->capture_default_str();
        app.add_flag("--overwrite", request_.overwrite, "replace a virtual patient that is there already");
        add_phantom_draws(app, request_.options);
    }

    ExitCode execute(Session& session) override {
        const auto compression = compressions().find(compression_);
        if (compression == compressions().end())
            throw Error(
                ExitCode::usage,
                "--compression is '{}'; valid values are none, rle, jpeg-lossless, jpeg-ls, jpeg-2000.",
                compression_);
        request_.compression = compression->second;
        if (!sex_.empty()) request_.options.sex = sex_[0];
        check_size();
        request_.software = session.software();
        run_phantom_case(request_, session.run());
        session.print_profile();
        return ExitCode::ok;
    }

   private:
    static std::string preset_of(const std::vector<std::string>& words) {
        return value_among(words, "--preset");
    }

    void check_size() const {
        const ScannerOptions& scanner = request_.options.scanner;
        if (scanner.matrix < 32 || scanner.matrix > 2048 || scanner.slices < 8 || scanner.slices > 4000)
            throw Error(ExitCode::usage,
                        "--matrix {} and --slices {}: the matrix must be 32 to 2048, the slices 8 to 4000.",
                        scanner.matrix, scanner.slices);
    }

    PhantomRequest request_;
    std::string preset_, sex_, compression_ = "none";
};

}  // namespace

std::unique_ptr<Command> make_phantom_command() { return std::make_unique<PhantomCommand>(); }

}  // namespace ctffr

// SPDX-License-Identifier: Apache-2.0
// `ctffr devices`, `ctffr info`, and the commands this build does not have.
#include <fmt/format.h>

#include "app/command.hpp"
#include "ctffr/io/volume.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr {

namespace {

class DevicesCommand : public Command {
   public:
    std::string name() const override { return "devices"; }
    std::string help() const override { return "List the devices kernels can run on"; }
    void add_options(CLI::App&, const std::vector<std::string>&) override {}
    ExitCode execute(Session&) override {
        for (const DeviceFacts& device : list_devices()) {
            const char* kind = device.kind == DeviceKind::cuda ? "cuda" : "cpu";
            if (device.memory_bytes > 0)
                fmt::print("{:<5} {}, {:.0f} GB\n", kind, device.name, device.memory_bytes / 1e9);
            else
                fmt::print("{:<5} {}\n", kind, device.name);
        }
        if (!built_with_cuda()) fmt::print("This build has no CUDA.\n");
        return ExitCode::ok;
    }
};

class InfoCommand : public Command {
   public:
    std::string name() const override { return "info"; }
    std::string help() const override { return "Version of the program, or the series in a folder"; }
    void add_options(CLI::App& app, const std::vector<std::string>&) override {
        app.add_option("PATH", path_, "folder or file: lists its series, best first, and why");
    }
    ExitCode execute(Session& session) override {
        if (path_.empty()) {
            const SoftwareFacts facts = session.software();
            fmt::print("ctffr {} ({}) on {}{}\nResearch use only, not a medical device.\n", facts.version,
                       facts.commit, facts.device, built_with_cuda() ? "" : "; built without CUDA");
            return ExitCode::ok;
        }
        const std::string kind = input_kind_of(path_);
        if (kind != "dicom") {
            fmt::print("{}: one {} volume\n", path_.string(), kind);
            return ExitCode::ok;
        }
        for (const SeriesInfo& series : list_series(path_, session.run()))
            fmt::print("{}  {:<3} {:>5} files  score {:>7.2f}  {}  ({})\n", series.series_uid,
                       series.modality, series.slices, series.score, series.description, series.reason);
        return ExitCode::ok;
    }

   private:
    std::filesystem::path path_;
};

// Names that belong to the design and are not there yet: they say so, and print no number.
class MissingCommand : public Command {
   public:
    MissingCommand(std::string name, std::string what) : name_(std::move(name)), what_(std::move(what)) {}
    std::string name() const override { return name_; }
    std::string help() const override { return what_ + " (not in this build)"; }
    void add_options(CLI::App& app, const std::vector<std::string>&) override { app.allow_extras(); }
    bool checks_arguments() const override { return false; }
    ExitCode execute(Session&) override {
        throw Error(ExitCode::not_built, "'ctffr {}' ({}) is not part of this build.", name_, what_);
    }

   private:
    std::string name_, what_;
};

}  // namespace

std::unique_ptr<Command> make_devices_command() { return std::make_unique<DevicesCommand>(); }
std::unique_ptr<Command> make_info_command() { return std::make_unique<InfoCommand>(); }

std::vector<std::unique_ptr<Command>> make_missing_commands() {
    std::vector<std::unique_ptr<Command>> commands;
    const auto add = [&](const char* name, const char* what) {
        commands.push_back(std::make_unique<MissingCommand>(name, what));
    };
    add("plan", "virtual stents and edits");
    add("view", "viewer");
    add("node", "DICOM network node");
    return commands;
}

}  // namespace ctffr

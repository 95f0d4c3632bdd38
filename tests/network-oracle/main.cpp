// SPDX-License-Identifier: Apache-2.0
// network_oracle write FOLDER: one folder per case with the model and its inputs.
// network_oracle compare FOLDER: runs our executors on all cases and compares with what the oracle left
// there.
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "case.hpp"
#include "ctffr/core/error.hpp"
#include "network/bind.hpp"
#include "network/executor.hpp"
#include "network/onnx.hpp"
#include "support/unfused.hpp"

namespace ctffr::oracle {

namespace {

namespace fs = std::filesystem;
using network::ElementType;
using network::ExecutorKind;
using network::Tensor;

Cases all_cases() {
    Cases cases;
    add_window_cases(cases);
    add_elementwise_cases(cases);
    add_channel_cases(cases);
    add_arrange_cases(cases);
    add_version_cases(cases);
    add_network_cases(cases);

    return cases;
}

void write_file(const fs::path& path, const void* data, std::size_t bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
    if (!file) throw Error(ExitCode::file_system, "Cannot write '{}'.", path.string());
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Error(ExitCode::input_missing, "The oracle left no '{}'.", path.string());
    return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& root) {
    for (const Case& c : all_cases()) {
        const fs::path folder = root / c.name;
        if (!fs::create_directories(folder))
            throw Error(ExitCode::internal, "Two cases are called '{}'.", c.name);
        write_file(folder / "model.onnx", c.model.data(), c.model.size());
        nlohmann::json inputs = nlohmann::json::array();
        for (std::size_t i = 0; i < c.inputs.size(); ++i) {
            const Tensor& tensor = c.inputs[i].tensor;
            inputs.push_back(
                {{"name", c.inputs[i].name}, {"type", c.inputs[i].type}, {"shape", tensor.shape}});
            const fs::path file = folder / fmt::format("input_{}.bin", i);
            if (tensor.type == ElementType::float32)
                write_file(file, tensor.floats.data(), tensor.floats.size() * sizeof(float));
            else
                write_file(file, tensor.integers.data(), tensor.integers.size() * sizeof(std::int64_t));
        }
        const std::string text = nlohmann::json{{"inputs", inputs}}.dump();
        write_file(folder / "case.json", text.data(), text.size());
    }
}

std::vector<Tensor> expected(const fs::path& folder) {
    std::vector<Tensor> tensors;
    const auto json = nlohmann::json::parse(read_file(folder / "outputs.json"));
    for (const auto& form : json.at("outputs")) {
        Tensor tensor;
        tensor.shape = form.at("shape").get<network::Shape>();
        const std::string bytes = read_file(folder / fmt::format("output_{}.bin", tensors.size()));
        if (form.at("type") == "float32") {
            tensor.floats.resize(bytes.size() / sizeof(float));
            std::memcpy(tensor.floats.data(), bytes.data(), bytes.size());
        } else {
            tensor.type = ElementType::int64;
            tensor.integers.resize(bytes.size() / sizeof(std::int64_t));
            std::memcpy(tensor.integers.data(), bytes.data(), bytes.size());
        }
        tensors.push_back(std::move(tensor));
    }
    return tensors;
}

// What differs, in words; empty when nothing does. `worst`: the largest difference relative to the magnitude.
std::string difference(const Tensor& ours, const Tensor& theirs, double tolerance, double& worst) {
    if (ours.type != theirs.type) return "another type";
    if (ours.shape != theirs.shape)
        return fmt::format("shape {} instead of {}", network::shape_text(ours.shape),
                           network::shape_text(theirs.shape));
    if (ours.integers != theirs.integers) return "other integers";
    double magnitude = 1;
    for (const float value : theirs.floats)
        magnitude = std::max(magnitude, std::abs(static_cast<double>(value)));
    for (std::size_t i = 0; i < theirs.floats.size(); ++i) {
        const double error = std::abs(static_cast<double>(ours.floats[i]) - theirs.floats[i]) / magnitude;
        worst = std::max(worst, std::isnan(error) ? INFINITY : error);
        if (!(error <= tolerance))
            return fmt::format("{} instead of {} at {}", ours.floats[i], theirs.floats[i], i);
    }
    return "";
}

bool report(const std::string& name, const std::string& way, const std::vector<Tensor>& ours,
            const std::vector<Tensor>& theirs, double tolerance) {
    double worst = 0;
    std::string problem = ours.size() == theirs.size() ? "" : "another number of outputs";
    for (std::size_t i = 0; problem.empty() && i < theirs.size(); ++i)
        problem = difference(ours[i], theirs[i], tolerance, worst);
    fmt::print("{} {} ({}): {}\n", problem.empty() ? "ok  " : "FAIL", name, way,
               problem.empty() ? fmt::format("largest difference {:.1e}", worst) : problem);
    return problem.empty();
}

// A build without a kind of executor says so once; its other failures are failures.
bool available(ExecutorKind kind) {
    test::OnnxWriter writer;
    writer.output(writer.node("Relu", {writer.input("x", {1})}));
    const auto graph = network::bind(network::read_onnx(writer.bytes(), "probe", {}), {{1}});
    try {
        network::make_executor(kind, graph, network::Precision::full, {});
        return true;
    } catch (const Error& error) {
        fmt::print("left out: {}\n", error.what());
        return false;
    }
}

int compare(const fs::path& root) {
    std::vector<std::pair<ExecutorKind, std::string>> kinds{{ExecutorKind::reference, "reference"}};
    if (available(ExecutorKind::cpu)) kinds.emplace_back(ExecutorKind::cpu, "cpu");
    if (available(ExecutorKind::cuda)) kinds.emplace_back(ExecutorKind::cuda, "cuda");
    int failures = 0;
    for (const Case& c : all_cases()) {
        try {
            const std::vector<Tensor> theirs = expected(root / c.name);
            std::vector<Tensor> inputs;
            std::vector<network::Shape> shapes;
            for (const CaseInput& input : c.inputs) {
                inputs.push_back(input.tensor);
                shapes.push_back(input.tensor.shape);
            }
            const network::Graph graph = network::read_onnx(c.model, c.name, {});
            failures += !report(c.name, "unfused", test::run_unfused(graph, inputs), theirs, c.tolerance);
            const network::Graph bound = network::bind(graph, shapes);
            for (const auto& [kind, word] : kinds) {
                const auto executor = network::make_executor(kind, bound, network::Precision::full, {});
                failures += !report(c.name, word, executor->run(inputs), theirs, c.tolerance);
            }
        } catch (const std::exception& error) {
            fmt::print("FAIL {}: {}\n", c.name, error.what());
            ++failures;
        }
    }
    fmt::print("{} failures\n", failures);
    return failures == 0 ? 0 : 1;
}

}  // namespace

}  // namespace ctffr::oracle

int main(int count, char** arguments) {
    try {
        const std::string mode = count == 3 ? arguments[1] : "";
        if (mode == "write") {
            ctffr::oracle::write(arguments[2]);
            return 0;
        }
        if (mode == "compare") return ctffr::oracle::compare(arguments[2]);
        fmt::print(stderr, "usage: network_oracle write|compare FOLDER\n");
    } catch (const std::exception& error) {
        fmt::print(stderr, "network_oracle: {}\n", error.what());
    }
    return 2;
}

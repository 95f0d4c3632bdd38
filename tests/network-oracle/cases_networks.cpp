// SPDX-License-Identifier: Apache-2.0
// Small whole networks in the styles that users train, exported by PyTorch (tools/train/oracle_models.py).
#include <filesystem>
#include <fstream>
#include <iterator>

#include "case.hpp"
#include "ctffr/core/error.hpp"

namespace ctffr::oracle {

namespace {

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Error(ExitCode::input_missing, "Cannot read the model '{}'.", path.string());
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

void add_network_cases(Cases& cases) {
    const std::filesystem::path folder = CTFFR_ORACLE_MODELS;
    for (const auto& [name, shape] : std::vector<std::pair<std::string, network::Shape>>{
             {"plain_conv_unet", {1, 1, 24, 16, 32}},
             {"residual_encoder_unet", {2, 1, 16, 24, 16}},
             {"residual_unet_prelu", {1, 1, 16, 24, 32}},
             {"basic_unet", {1, 1, 19, 17, 22}},
             {"seg_resnet", {2, 1, 16, 24, 16}},
             {"med_next", {1, 1, 16, 16, 24}},
             {"batch_norm_unet", {1, 2, 40, 24}},
         })
        cases.push_back({"network_" + name,
                         read(folder / (name + ".onnx")),
                         {{"image", "float32", test::random_tensor(shape, 7)}},
                         2e-5});
}

}  // namespace ctffr::oracle

// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/physiology_file.hpp"

#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/pipeline/nearest.hpp"

namespace ctffr {

namespace {

using Json = nlohmann::ordered_json;

void refuse_unknown(const std::string& key, const std::vector<std::string>& valid,
                    const std::filesystem::path& path) {
    for (const std::string& name : valid)
        if (key == name) return;
    throw Error(ExitCode::usage, "The physiology file {} has the unknown key '{}'; did you mean '{}'?",
                path.string(), key, nearest_name(key, valid));
}

}  // namespace

void write_physiology_file(const std::filesystem::path& path, const TruePhysiology& physiology) {
    RunRequest request;
    request.boundary = physiology.boundary;
    Json json = {{"boundary", Json::object()}, {"drawn", Json::object()}};
    visit_options(request, [&](const std::string& group, const char* key, const auto& value, auto...) {
        if (group == "boundary") json["boundary"][key] = value;
    });
    for (const auto& [key, value] : physiology.drawn) json["drawn"][key] = value;
    write_text_atomically(path, json.dump(1) + "\n");
}

void read_physiology_file(const std::filesystem::path& path, RunRequest& request,
                          const std::function<bool(const char* flag)>& is_typed) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        throw Error(ExitCode::input_missing, "There is no physiology file {}.", path.string());
    const Json json = Json::parse(read_text(path), nullptr, false);
    if (!json.is_object() || !json.contains("boundary") || !json["boundary"].is_object())
        throw Error(ExitCode::input_unreadable,
                    "The physiology file {} is not a JSON object with an object \"boundary\".",
                    path.string());
    for (const auto& item : json.items()) refuse_unknown(item.key(), {"boundary", "drawn"}, path);
    std::vector<std::string> valid;
    visit_options(request, [&](const std::string& group, const char* key, auto&, auto...) {
        if (group == "boundary") valid.emplace_back(key);
    });
    for (const auto& item : json["boundary"].items()) refuse_unknown(item.key(), valid, path);
    visit_options(
        request, [&](const std::string& group, const char* key, auto& value, const char* flag, const char*) {
            if (group != "boundary" || !json["boundary"].contains(key) || is_typed(flag)) return;
            const Json& given = json["boundary"][key];
            using T = std::decay_t<decltype(value)>;
            const bool fits = std::is_same_v<T, bool>          ? given.is_boolean()
                              : std::is_same_v<T, std::string> ? given.is_string()
                                                               : given.is_number();
            if (!fits)
                throw Error(ExitCode::usage,
                            "The key '{}' of the physiology file {} is {}; see ctffr run --help, {}.", key,
                            path.string(), given.dump(), flag);
            value = given.get<T>();
        });
}

}  // namespace ctffr

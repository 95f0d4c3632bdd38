// SPDX-License-Identifier: Apache-2.0
// The part of JSON Schema (draft 07) that docs/result.schema.json uses: type, const, enum, required,
// properties, additionalProperties, items, minItems, maxItems, anyOf; and $ref to the schema's own
// definitions (docs/validation.schema.json). An unknown keyword is a failure, so that nothing in the schema
// goes unchecked.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace ctffr::test {

using Json = nlohmann::json;

inline bool has_json_type(const Json& value, const std::string& type) {
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    return type == value.type_name();
}

// Faults of `value` against `schema`, each with its place; empty when it is valid.
inline std::vector<std::string> schema_faults(const Json& value, const Json& schema,
                                              const std::string& place = "$", const Json* root = nullptr) {
    if (!root) root = &schema;
    if (schema.is_object() && schema.contains("$ref")) {
        // "#/definitions/name" as a JSON pointer; a name that is not there throws.
        const Json::json_pointer target(schema["$ref"].get<std::string>().substr(1));
        return schema_faults(value, root->at(target), place, root);
    }
    static const std::set<std::string> keywords{
        "$schema",  "title",      "description",          "type",  "const",    "enum",
        "required", "properties", "additionalProperties", "items", "minItems", "maxItems",
        "anyOf",    "definitions"};
    std::vector<std::string> faults;
    const auto append = [&](std::vector<std::string> more) {
        faults.insert(faults.end(), more.begin(), more.end());
    };
    if (schema.is_boolean()) {
        if (!schema.get<bool>()) faults.push_back(place + ": not allowed");
        return faults;
    }
    for (const auto& [keyword, ignored] : schema.items())
        if (!keywords.count(keyword))
            faults.push_back(place + ": this checker does not know '" + keyword + "'");
    if (schema.contains("type")) {
        const Json types = schema["type"].is_array() ? schema["type"] : Json::array({schema["type"]});
        if (std::none_of(types.begin(), types.end(),
                         [&](const Json& type) { return has_json_type(value, type.get<std::string>()); }))
            faults.push_back(place + ": is " + value.type_name() + ", should be " + types.dump());
    }
    if (schema.contains("const") && value != schema["const"])
        faults.push_back(place + ": is not the constant");
    if (schema.contains("enum") &&
        std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
        faults.push_back(place + ": " + value.dump() + " is not one of " + schema["enum"].dump());
    if (schema.contains("anyOf") &&
        std::none_of(schema["anyOf"].begin(), schema["anyOf"].end(),
                     [&](const Json& one) { return schema_faults(value, one, place, root).empty(); })) {
        faults.push_back(place + ": fits none of anyOf");
        append(schema_faults(value, schema["anyOf"][0], place, root));
    }
    if (value.is_object()) {
        for (const Json& key : schema.value("required", Json::array()))
            if (!value.contains(key.get<std::string>()))
                faults.push_back(place + ": lacks " + key.get<std::string>());
        for (const auto& [key, item] : value.items())
            if (schema.contains("properties") && schema["properties"].contains(key))
                append(schema_faults(item, schema["properties"][key], place + "." + key, root));
            else if (schema.contains("additionalProperties"))
                append(schema_faults(item, schema["additionalProperties"], place + "." + key, root));
    }
    if (value.is_array()) {
        if (value.size() < schema.value("minItems", std::size_t{0}))
            faults.push_back(place + ": too few items");
        if (value.size() > schema.value("maxItems", std::size_t{1} << 60))
            faults.push_back(place + ": too many items");
        if (schema.contains("items"))
            for (std::size_t i = 0; i < value.size(); ++i)
                append(schema_faults(value[i], schema["items"], place + "[" + std::to_string(i) + "]", root));
    }
    return faults;
}

}  // namespace ctffr::test

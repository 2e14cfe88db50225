# SPDX-License-Identifier: BSL-1.0

# Run at build time: writes `output`, a C++ source with the contents of `files` and of `upgrades`. A
# string literal may have 64 KiB, so each file is one.
function(put name)
  set(parts "")
  foreach(file IN LISTS ARGN)
    file(READ ${file} text)
    string(APPEND parts "    R\"sql(${text})sql\",\n")
  endforeach()
  if(parts STREQUAL "")
    file(APPEND ${output} "const std::span<const char* const> ${name};\n\n")
  else()
    file(APPEND ${output}
      "static const char* const ${name}_parts[] = {\n${parts}};\n"
      "const std::span<const char* const> ${name}{${name}_parts};\n\n")
  endif()
endfunction()

list(LENGTH upgrades count)
file(WRITE ${output}
  "#include <crex/postgres.hpp>\n\n#include \"postgres/schema.hpp\"\n\n"
  "namespace crex::detail::postgres {\n\n"
  "static_assert(postgres_schema_version == 1 + ${count}, "
  "\"each version but the first needs an upgrade\");\n\n")
put(schema ${files})
put(upgrades ${upgrades})
file(APPEND ${output} "} // namespace crex::detail::postgres\n")

// The core in the same process: what it links meets a program that exports other classes under the same names.
#include <reprise/cassette.h>
#include <reprise/matching.h>

#include <iostream>

#include "crowd.h"

int main() {
  const auto broken = reprise::Rules::FromJson("{\"ignore_body\": [");
  const auto good = reprise::Rules::FromJson(R"({"ignore_body": ["/seed"]})");
  const auto missing = reprise::CassetteReader::Open("/nowhere/at/all.reprise");
  if (broken.ok() || !good.ok() || missing.ok()) return 1;
  if (reprise::KeyOf({}, 0, *good).size() != 64) return 2;
  std::cout << broken.status() << '\n' << missing.status() << '\n';
  return CrowdIsItself() ? 0 : 3;
}

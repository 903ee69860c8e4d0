// The control: beside a library that hides nothing, the crowd's names win and the library is no longer itself.
#include <iostream>
#include <string>

#include "crowd.h"

std::string LeakyParseError();

int main() {
  const std::string error = LeakyParseError();
  std::cout << error << '\n';
  // A crash counts as well.
  return error.find("json.exception") != std::string::npos && CrowdIsItself() ? 0 : 1;
}

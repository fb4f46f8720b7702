#include "app/commands.h"

int main(int argc, char** argv) {
  return hydrant::RunCommandLine(argc, argv, hydrant::Console::System());
}

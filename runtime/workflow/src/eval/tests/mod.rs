mod cases;
mod runs;

/** A directory of plain files in the place of sysfs. */
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { temporaryDirectory } from '../../support/stores.js'

export class Tree {
  readonly root: string

  private constructor(root: string) {
    this.root = root
  }

  static async with(files: Readonly<Record<string, string>> = {}): Promise<Tree> {
    const tree = new Tree(await temporaryDirectory())
    for (const [path, text] of Object.entries(files)) await tree.write(path, text)
    return tree
  }

  at(path: string): string {
    return join(this.root, path)
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(this.at(path)), { recursive: true })
    await writeFile(this.at(path), text)
  }

  async link(path: string, to: string): Promise<void> {
    await mkdir(dirname(this.at(path)), { recursive: true })
    await symlink(to, this.at(path))
  }

  async text(path: string): Promise<string> {
    return await readFile(this.at(path), 'utf8')
  }
}
